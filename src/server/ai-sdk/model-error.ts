import { AppError, isAppError } from '../../errors/app-error.js'
import { read, readString } from '../../errors/read.js'
import { parseRetryAfter } from '../../errors/retry-after.js'
import { translateError } from '../../errors/translate-error.js'

const codes: Readonly<Record<number, string>> = {
  408: 'timeout',
  429: 'rate_limited',
  500: 'temporary',
  502: 'temporary',
  503: 'overloaded',
  504: 'timeout',
  // The status of some providers that are overloaded.
  529: 'overloaded',
}

/**
 * The error of a model call. A provider's refusal is about the app's key or request, so it must not reach a person as "sign in"
 * or "change your message": of those statuses only the passing ones keep their meaning.
 */
export function fromModelError(thrown: unknown, now: number = Date.now()): AppError {
  if (isAppError(thrown)) return thrown
  const error = read(thrown, 'lastError') ?? thrown
  const status = read(error, 'statusCode')
  if (typeof status !== 'number') return translateError(error)
  const code = codes[status] ?? 'internal'
  const wait = waitOf(read(error, 'responseHeaders'), now)
  return new AppError({
    code,
    message: readString(error, 'message')?.slice(0, 2000) ?? 'unable to call the model',
    details: { status },
    cause: thrown,
    ...(code === 'internal' && { retryable: read(error, 'isRetryable') === true }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

function waitOf(headers: unknown, now: number): number | undefined {
  const ms = Number.parseFloat(String(read(headers, 'retry-after-ms')))
  if (ms >= 0) return Math.ceil(ms)
  const after = read(headers, 'retry-after')
  return after === undefined ? undefined : parseRetryAfter(after, now)
}
