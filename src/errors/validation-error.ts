import type { Facts } from './facts.js'
import { read, readString } from './read.js'
import { redactText } from './redact-text.js'

const maxFields = 20
const maxDepth = 10

/** Reads what valibot and zod throw. Only the fields' paths are kept: an issue's text and input hold what was typed. */
export function fromValidation(error: unknown): Facts | undefined {
  const name = readString(error, 'name')
  const issues = read(error, 'issues')
  if (!/^(Vali|\$?Zod|Schema)Error$/.test(name ?? '')) return undefined
  const paths = items(issues, maxFields).map((issue) => fieldPath(read(issue, 'path')))
  const fields = [...new Set(paths)].filter((path) => path !== '')
  return { code: 'invalid_message', details: { fields } }
}

// zod's path is a list of keys, valibot's a list of objects with a key.
const fieldPath = (path: unknown): string =>
  items(path, maxDepth)
    .map((step) => fieldName(typeof step === 'object' ? read(step, 'key') : step))
    .join('.')

// In a record the keys are data too, so that only what looks like a field's name or an index passes.
function fieldName(key: unknown): string {
  const name = typeof key === 'number' ? `${key}` : key
  return typeof name === 'string' && /^([a-z_]\w{0,39}|\d{1,6})$/i.test(name) && redactText(name) === name
    ? name
    : '*'
}

const items = (list: unknown, most: number): unknown[] => {
  const length = read(list, 'length')
  const count = typeof length === 'number' ? Math.min(length, most) : 0
  return Array.from({ length: count }, (_, index) => read(list, index))
}
