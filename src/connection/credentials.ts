import { AppError } from '../errors/app-error.js'

export interface AuthContext {
  /** `expired`: the token given before was refused, and this is the one chance to give a new one. */
  readonly reason: 'connect' | 'reconnect' | 'expired'
  /** Aborted when the connection attempt is given up. */
  readonly signal: AbortSignal
}

/**
 * A token, or a function that is asked for one before each handshake. Throwing an `UnauthorizedError` says that there
 * is no one signed in: the connection ends as `failed`, until `connect()` is called.
 */
export type Auth =
  | string
  | ((context: AuthContext) => string | null | undefined | Promise<string | null | undefined>)

export async function getToken(auth: Auth | undefined, context: AuthContext): Promise<string | undefined> {
  const token = typeof auth === 'function' ? await auth(context) : auth
  // An empty token is none: the protocol has no other way to say that nobody is signed in.
  if (token === null || token === undefined || token === '') return undefined
  if (typeof token === 'string') return token
  throw new TypeError('unable to use the token; auth must give a string, null or undefined')
}

/** A refused token is worth one new one, where there is somebody to ask for it. */
export function deservesNewToken(error: AppError, auth: Auth | undefined): boolean {
  return error.code === 'token_expired' && typeof auth === 'function'
}

/**
 * Who is not let in is not let in by knocking again, whatever the server says of retrying: a token is renewed once, and
 * what is forbidden stays so.
 */
export function withFinality(error: AppError): AppError {
  const isFinal = error.code === 'token_expired' || error.code === 'forbidden'
  if (!isFinal || !error.retryable) return error
  return new AppError({ ...error, message: error.message, retryable: false, cause: error })
}
