import { createHash } from 'node:crypto'

/**
 * A digest of a JSON value. Two values that are deeply equal as JSON have the same: the order of an object's fields means
 * nothing, a field that is undefined is absent, and -0 is 0.
 */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('base64url')

function canonical(value: unknown): string {
  return JSON.stringify(value, (_field, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
