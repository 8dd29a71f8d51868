import type { ErrorEvent } from '../protocol/events.js'
import { isCategory, isKnownCode } from './error-policy.js'
import type { Facts } from './facts.js'
import { read, readString } from './read.js'
import { redactText } from './redact-text.js'
import { validWait } from './retry-after.js'

type Field = keyof ErrorEvent

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * Reads a failure as servers send it: the event itself, the `data` of a refused handshake, the `error` of an
 * acknowledgement. More lenient than the protocol's decoder, since backends older than the protocol emit this shape
 * too: a field that is missing or wrong costs itself alone.
 */
export function fromErrorEvent(raw: unknown): Facts | undefined {
  for (const event of [raw, read(raw, 'data'), read(raw, 'error')]) {
    const category = field(event, 'error_code')
    const known = isCategory(category)
    // A DOM `ErrorEvent` has the same `type`, and other SDKs' errors have an `error_code` of their own.
    if (!known && (field(event, 'type') !== 'error' || typeof category !== 'string')) continue
    const code = validCode(field(event, 'code'))
    const retryable = field(event, 'retryable')
    return {
      category: known ? category : undefined,
      code: code ?? (known ? category : 'unknown'),
      retryable: typeof retryable === 'boolean' ? retryable : undefined,
      retryAfterMs: validWait(field(event, 'retry_after_ms')),
      correlationId: validId(field(event, 'correlation_id')),
      userMessage: known || isKnownCode(code) ? undefined : textForPerson(event),
    }
  }
  return undefined
}

const field = (event: unknown, name: Field) => read(event, name)

// Words alone: whatever has digits may be an id or a key, and a code goes into the log.
const validCode = (code: unknown) =>
  typeof code === 'string' && /^[a-z]+(_[a-z]+)*$/.test(code.slice(0, 65)) && code.length < 65
    ? code
    : undefined

// People read it out to support and the log keeps it, so nothing that looks like a secret passes for one.
function validId(id: unknown): string | undefined {
  if (typeof id !== 'string' || !/^[\w.:-]{1,128}$/.test(id)) return undefined
  return uuid.test(id) || redactText(id) === id ? id : undefined
}

/** The server's own words, where no text of ours applies: a whole event's, short, with nothing in them to mask. */
function textForPerson(event: unknown): string | undefined {
  const text = readString(event, 'error' satisfies Field)?.trim()
  const whole =
    typeof field(event, 'retryable') === 'boolean' && readString(event, 'timestamp' satisfies Field)
  return text && whole && /^[^'"\p{Cc}].{0,199}$/u.test(text) && redactText(text) === text ? text : undefined
}
