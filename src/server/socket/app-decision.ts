import { AppError } from '../../errors/app-error.js'
import type { Clock } from '../../shared/clock.js'
import { withTimeout } from '../../shared/with-timeout.js'

/** Milliseconds that the app has to decide; the client that asked waits meanwhile. */
const maxMs = 5000

/**
 * What the app's own function decides about one request.
 *
 * @throws the function's error; AppError `timeout` if the function takes over 5 s, so that the client asks again.
 */
export function decided<T>(
  name: 'authenticate' | 'access' | 'files.allow',
  decide: () => T | Promise<T>,
  clock: Clock,
): Promise<T> {
  const late = () =>
    new AppError({
      code: 'timeout',
      message: `unable to decide; ${name} took over ${maxMs} ms`,
      retryAfterMs: 1000,
    })
  return withTimeout(decide, { ms: maxMs, clock }, late)
}
