import { AppError } from '../errors/app-error.js'
import { withRetryable } from '../errors/finality.js'
import { inDevelopment } from '../shared/check-option.js'

export interface AuthContext {
  /**
   * `expired`: the token given before was refused, and a new one is asked for. If that fails by something that may pass, the
   * function is asked again; a new token that is refused, too, ends the attempts.
   */
  readonly reason: 'connect' | 'reconnect' | 'expired'
  /** Aborted when the token is no longer needed: after `timeouts.connect`, or because the attempt was ended. */
  readonly signal: AbortSignal
}

/**
 * A token, or a function that is asked for one before each handshake. Throwing an `UnauthorizedError`, or anything else
 * that says HTTP 401 or 403, says that there is no one signed in: the connection ends as `failed`, until `connect()` is
 * called. A value that is neither a string nor null or undefined, which both mean no token, ends it likewise. Anything
 * else that is thrown is taken for a passing failure: the function is asked again.
 */
export type Auth =
  | string
  | ((context: AuthContext) => string | null | undefined | Promise<string | null | undefined>)

export async function getToken(auth: Auth | undefined, context: AuthContext): Promise<string | undefined> {
  const token = typeof auth === 'function' ? await auth(context) : auth
  // An empty token is none: the protocol has no other way to say that no person is signed in.
  if (token === null || token === undefined || token === '') return undefined
  if (typeof token === 'string') return token
  let message = 'unable to use the token'
  inDevelopment(() => {
    message += '; auth must give a string, null or undefined'
  })
  // A mistake in the page, which no repeat mends: -1 says so.
  throw new AppError({ code: 'internal', message, retryAfterMs: -1 })
}

/** Only an authorization error stops reconnecting. Any other failure of `auth` counts as temporary. */
export function asPassing(error: AppError): AppError {
  const isFinal = error.category === 'auth' || error.retryAfterMs === -1
  return isFinal || error.retryable ? error : withRetryable(error, true)
}

/** A refused token is replaced once, if the app can be asked for a new one. */
export function deservesNewToken(error: AppError, auth: Auth | undefined): boolean {
  return error.code === 'token_expired' && typeof auth === 'function'
}
