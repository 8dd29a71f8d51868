import type { Socket } from 'socket.io'
import * as v from 'valibot'
import { AppError } from '../../src/errors/app-error.js'
import { PROTOCOL_VERSION } from '../../src/protocol/events.js'
import { badFieldOf, HandshakeAuthSchema } from '../../src/server/schemas.js'
import { refusals } from './refusals.js'
import type { Authenticator } from './tokens.js'

/** Who is on the other end of a connection. */
export interface Caller {
  readonly user: string
  readonly token: string | undefined
}

/** @throws AppError where the handshake is refused. */
export function admit(auth: unknown, authenticator: Authenticator): Caller {
  const parsed = v.safeParse(HandshakeAuthSchema, auth)
  if (!parsed.success) {
    const field = badFieldOf(parsed.issues)
    if (field !== 'protocol') throw refusals.invalidMessage('its handshake is not right', field ?? 'auth')
    throw new AppError({
      code: 'unsupported_protocol',
      message: `unable to connect; this server speaks protocol ${PROTOCOL_VERSION}`,
    })
  }
  const { token } = parsed.output
  return { user: authenticator.userOf(token), token }
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Whether a page of this origin may connect. Browsers don't apply CORS to WebSockets, so the server has to look itself.
 * What is no browser sends no origin, and needs a token all the same.
 */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin)) return true
  if (allowed.length > 0 || !URL.canParse(origin)) return false
  return loopbackHosts.has(new URL(origin).hostname)
}

const callers = new WeakMap<Socket, Caller>()

export const setCaller = (socket: Socket, caller: Caller) => callers.set(socket, caller)

export function callerOf(socket: Socket): Caller {
  const caller = callers.get(socket)
  if (!caller) throw new AppError({ code: 'forbidden', message: 'unable to go on; the socket has no caller' })
  return caller
}
