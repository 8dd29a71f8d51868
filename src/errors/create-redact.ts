import { mask } from './core-redact-text.js'
import { isError } from './error-class.js'

const maxDepth = 6
const maxEntries = 50
const maxSize = 20_000

/** Decides for a {@link Redact} what counts as a secret. */
export interface SecretRules {
  /** The text with every secret in it masked. */
  readonly redactText: (text: string) => string
  /**
   * Whether the value under a key is a secret by its name, so that it must not be read at all.
   *
   * @param path the objects around the value, the one that holds it last.
   */
  readonly isSecret: (key: string, path: readonly object[]) => boolean
  /** The fields of an error that may be told. */
  readonly describe: (error: Error) => object
}

/** Makes a copy that is safe to log, as plain JSON data. Never throws and never runs long: what is deep, long or circular is cut. */
export type Redact = (value: unknown) => unknown

export const createRedact =
  ({ redactText, isSecret, describe }: SecretRules): Redact =>
  (value) => {
    let room = maxSize

    const copyText = (text: string): string => {
      const safe = room > 0 ? redactText(text) : '[cut]'
      room -= safe.length
      return safe
    }

    const copyObject = (object: object, above: readonly object[]): unknown => {
      if (isError(object)) return describe(object)
      if (object instanceof Date) return object.toISOString()
      if (object instanceof String) return copyText(`${object}`)
      if (ArrayBuffer.isView(object)) return '[binary]'
      const path = [...above, object]
      const field = (key: string) => (isSecret(key, path) ? mask : copy(() => Reflect.get(object, key), path))
      if (Array.isArray(object))
        return Array.from({ length: Math.min(object.length, maxEntries) }, (_, index) => field(`${index}`))
      const names = Object.keys(object).slice(0, maxEntries)
      // Entries become own fields, so that one called `__proto__` stays a field.
      return Object.fromEntries(names.map((name) => [copyText(name), field(name)]))
    }

    // Reads for itself, so that a field that refuses access costs itself alone.
    const copy = (get: () => unknown, above: readonly object[]): unknown => {
      try {
        const current = get()
        const type = typeof current
        if (typeof current === 'string') return copyText(current)
        if (type === 'bigint') return `${current}`
        if (type === 'symbol' || type === 'function') return `[${type}]`
        if (typeof current !== 'object' || current === null) return current
        if (above.includes(current) || above.length >= maxDepth || room-- <= 0) return '[cut]'
        return copyObject(current, above)
      } catch {
        return '[unreadable]'
      }
    }

    return copy(() => value, [])
  }
