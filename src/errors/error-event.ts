import type { ErrorEvent } from '../protocol/events.js'
import type { ErrorFacts } from './error-facts.js'
import { isCategory } from './error-policy.js'
import { read } from './read.js'
import { validWait } from './retry-after.js'

/**
 * Reads a failure as servers send it: the event itself, the `data` of a refused handshake, the `error` of an
 * acknowledgement. More lenient than the protocol's decoder, since backends older than the protocol emit this shape
 * too: a field that is missing or wrong costs itself alone.
 */
export function fromErrorEvent(raw: unknown): ErrorFacts | undefined {
  return fromEvent(raw) ?? fromEvent(read(raw, 'data')) ?? fromEvent(read(raw, 'error'))
}

function fromEvent(event: unknown): ErrorFacts | undefined {
  const field = (name: keyof ErrorEvent) => read(event, name)
  const category = field('error_code')
  const known = isCategory(category)
  // A DOM `ErrorEvent` has the same `type`, and other SDKs' errors have an `error_code` of their own.
  if (!known && (field('type') !== 'error' || typeof category !== 'string')) return undefined

  // Words alone, and ids without spaces: both go into the log, so free text must not pass for one.
  const code = matching(/^[a-z_]{1,64}$/, field('code'))
  const retryable = field('retryable')
  return {
    category: known ? category : undefined,
    code,
    retryable: typeof retryable === 'boolean' ? retryable : undefined,
    retryAfterMs: validWait(field('retry_after_ms')),
    correlationId: matching(/^[\w.:-]{1,128}$/, field('correlation_id')),
  }
}

const matching = (pattern: RegExp, value: unknown): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined
