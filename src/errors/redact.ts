import { createRedact } from './create-redact.js'
import { className } from './error-class.js'
import { read } from './read.js'
import { redactText } from './redact-text.js'
import { isSecretName } from './secret-names.js'
import { stackFrames } from './stack-frames.js'

const isSecretText = (name: unknown): name is string => typeof name === 'string' && isSecretName(name)

const nameFields = ['name', 'Name', 'key', 'Key', 'k', 'field', 'header', 'id', 'param', 'property']

/**
 * Whether the name of a value stands beside it: in `{ name, value }` and its like, in a pair within a list of pairs, and in a
 * flat list such as `rawHeaders`. In a list of the names of fields each value is a plain word, and stays.
 */
function isNamedElsewhere(key: string, path: readonly object[]): boolean {
  const container = path.at(-1) as object
  if (!Array.isArray(container))
    return (
      /^(values?|v|content|data)$/i.test(key) &&
      nameFields.some((field) => isSecretText(read(container, field)))
    )
  const [name, value]: readonly unknown[] = container.slice(Number(key) - 1)
  if (Number(key) % 2 === 0 || !isSecretText(name)) return false
  const isPair = container.length === 2 && Array.isArray(path.at(-2))
  const isText = typeof value === 'string' || typeof value === 'number'
  return isPair || /-|^(authorization|cookie)$/i.test(name) || (isText && /[^a-z_]/i.test(`${value}`))
}

/**
 * A copy that is safe to log, as plain JSON data. Masks tokens, keys, cookies, connection strings, e-mail addresses, ids
 * and file paths in every string, and whole values under names such as `password`, also if name and value stand beside
 * each other, as in `rawHeaders`. Of an error only class and stack frames remain. Never throws and never runs long: what
 * is deep, long or circular is cut.
 *
 * Not masked, because they look like other text: numbers of bank accounts, cards and phones, and postal addresses.
 */
export const redact = createRedact({
  redactText,
  isSecret: (key, path) => isSecretName(key) || isNamedElsewhere(key, path),
  describe: (error) => ({ error: className(error), stack: stackFrames(error) }),
})
