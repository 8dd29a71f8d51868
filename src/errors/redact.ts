import { isSecretName, redactText } from './redact-text.js'
import { className, stackFrames } from './stack-frames.js'

const maxDepth = 6
const maxEntries = 50
const maxSize = 20_000

/**
 * A copy that is safe to log. Masks tokens, keys, cookies, connection strings, e-mail addresses, ids and file paths in
 * every string, and whole values under names such as `password`. Of an error only class and stack frames remain. Never
 * throws, never runs long: what is deep, long or circular is cut. The copy is plain JSON data.
 */
export function redact(value: unknown): unknown {
  let room = maxSize
  const above = new Set<unknown>()

  // A value that refuses access costs itself alone.
  const attempt = (copy: () => unknown): unknown => {
    try {
      return copy()
    } catch {
      return '[unreadable]'
    }
  }

  const copyText = (text: string): string => {
    const safe = redactText(text)
    room -= safe.length
    return safe
  }

  const copyObject = (object: object): unknown => {
    if (object instanceof Error) return { error: className(object), stack: stackFrames(object) }
    if (object instanceof Date) return object.toISOString()
    if (ArrayBuffer.isView(object)) return '[binary]'
    if (Array.isArray(object)) {
      return Array.from({ length: Math.min(object.length, maxEntries) }, (_, index) =>
        attempt(() => copy(object[index])),
      )
    }
    const fields = object instanceof Map ? [...object.keys()] : Object.keys(object)
    const entries = fields.slice(0, maxEntries).map((field): [string, unknown] => {
      const name = String(field)
      const read = () => copy(object instanceof Map ? object.get(field) : Reflect.get(object, field))
      return [copyText(name), isSecretName(name) ? '[redacted]' : attempt(read)]
    })
    // Defines own fields, so that one called `__proto__` stays a field.
    return Object.fromEntries(entries)
  }

  const copy = (current: unknown): unknown => {
    if (typeof current === 'string') return room > 0 ? copyText(current) : '[cut]'
    if (typeof current === 'bigint') return `${current}`
    if (typeof current === 'symbol' || typeof current === 'function') return `[${typeof current}]`
    if (typeof current !== 'object' || current === null) return current
    if (above.has(current)) return '[circular]'
    if (above.size >= maxDepth || room-- <= 0) return '[cut]'
    above.add(current)
    const copied = attempt(() => copyObject(current))
    above.delete(current)
    return copied
  }

  return copy(value)
}
