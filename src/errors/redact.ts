import { isSecretName, redactText } from './redact-text.js'
import { className, stackFrames } from './stack-frames.js'

const maxDepth = 6
const maxEntries = 50
const maxSize = 20_000

/**
 * A copy that is safe to log, as plain JSON data. Masks tokens, keys, cookies, connection strings, e-mail addresses, ids
 * and file paths in every string, and whole values under names such as `password`. Of an error only class and stack
 * frames remain. Never throws and never runs long: what is deep, long or circular is cut.
 */
export function redact(value: unknown): unknown {
  let room = maxSize

  const copyText = (text: string): string => {
    const safe = room > 0 ? redactText(text) : '[cut]'
    room -= safe.length
    return safe
  }

  const copyObject = (object: object, above: readonly object[]): unknown => {
    if (object instanceof Error) return { error: className(object), stack: stackFrames(object) }
    if (object instanceof Date) return object.toISOString()
    if (object instanceof String) return copyText(`${object}`)
    if (ArrayBuffer.isView(object)) return '[binary]'
    const field = (name: PropertyKey) => copy(() => Reflect.get(object, name), above)
    if (Array.isArray(object)) {
      return Array.from({ length: Math.min(object.length, maxEntries) }, (_, index) => field(index))
    }
    const names = Object.keys(object).slice(0, maxEntries)
    // Entries become own fields, so that one called `__proto__` stays a field.
    return Object.fromEntries(
      names.map((name) => [copyText(name), isSecretName(name) ? '[redacted]' : field(name)]),
    )
  }

  // Reads for itself, so that a field that refuses access costs itself alone.
  const copy = (read: () => unknown, above: readonly object[]): unknown => {
    try {
      const current = read()
      const type = typeof current
      if (typeof current === 'string') return copyText(current)
      if (type === 'bigint') return `${current}`
      if (type === 'symbol' || type === 'function') return `[${type}]`
      if (typeof current !== 'object' || current === null) return current
      if (above.includes(current) || above.length >= maxDepth || room-- <= 0) return '[cut]'
      return copyObject(current, [...above, current])
    } catch {
      return '[unreadable]'
    }
  }

  return copy(() => value, [])
}
