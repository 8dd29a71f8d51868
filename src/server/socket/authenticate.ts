import type { Socket } from 'socket.io'
import { AppError } from '../../errors/app-error.js'
import type { Clock } from '../../shared/clock.js'
import type { ChatUser, UserWithId } from '../respond.js'
import { decided } from './app-decision.js'

/** Socket.IO's handshake: the headers, the peer's address, the query. */
export type Handshake = Socket['handshake']

export interface AuthenticateRequest {
  /** The token from the client's `auth`; undefined if it has none. */
  readonly token: string | undefined
  readonly handshake: Handshake
}

/** The signed-in user, and until when. */
export type Authenticated<User extends UserWithId = ChatUser> = User & {
  /** Milliseconds since the Unix epoch at which the connection ends and its client needs a new token. @default never */
  readonly expiresAt?: number
}

export type Authenticate<User extends UserWithId = ChatUser> = (
  request: AuthenticateRequest,
) => Authenticated<User> | Promise<Authenticated<User>>

/** A person on a connection. */
export interface Caller {
  readonly user: ChatUser
  readonly expiresAt: number | undefined
}

const maxUserBytes = 4096

export const guest: ChatUser = { id: 'guest' }

/** @throws the error of `authenticate`; AppError `timeout` after 5 s; TypeError if it returned no user. */
export async function authenticated(
  authenticate: Authenticate,
  request: AuthenticateRequest,
  clock: Clock,
): Promise<Caller> {
  const given = await decided('authenticate', () => authenticate(request), clock)
  if (typeof given !== 'object' || given === null)
    throw new TypeError('unable to use what authenticate returned; expected a user, as an object with an id')
  const { expiresAt, ...user } = given
  const { id, name } = user
  if (typeof id !== 'string' || id.length < 1 || id.length > 128)
    throw new TypeError(
      'unable to use what authenticate returned; its id must be a string of 1 to 128 characters',
    )
  if (name !== undefined && typeof name !== 'string')
    throw new TypeError('unable to use what authenticate returned; its name must be a string')
  if (Buffer.byteLength(JSON.stringify(user)) > maxUserBytes)
    throw new TypeError(`unable to use what authenticate returned; it has over ${maxUserBytes} bytes`)
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)))
    throw new TypeError('unable to use what authenticate returned; its expiresAt must be a number')
  if (expiresAt !== undefined && expiresAt <= clock.now())
    throw new AppError({ code: 'token_expired', message: 'unable to connect; the token has expired' })
  return { user, expiresAt }
}
