import type { Socket } from 'socket.io'
import * as v from 'valibot'
import { AppError } from '../../errors/app-error.js'
import { PROTOCOL_VERSION } from '../../protocol/events.js'
import { refusals } from '../refusals.js'
import { badFieldOf, HandshakeAuthSchema } from '../schemas.js'
import type { Handshake } from './authenticate.js'

/** A socket whose handshake names no protocol is the app's own. */
export const isOurs = ({ handshake }: Socket): boolean =>
  typeof handshake.auth === 'object' && handshake.auth !== null && 'protocol' in handshake.auth

/** @returns the token. @throws AppError if the handshake is not one of this protocol. */
export function readToken({ auth }: Handshake): string | undefined {
  const parsed = v.safeParse(HandshakeAuthSchema, auth, { abortEarly: true })
  if (parsed.success) return parsed.output.token
  const field = badFieldOf(parsed.issues)
  if (field !== 'protocol') throw refusals.invalidMessage('its handshake is not right', field ?? 'auth')
  throw new AppError({
    code: 'unsupported_protocol',
    message: `unable to connect; this server speaks protocol ${PROTOCOL_VERSION}`,
  })
}

/** The app's own options refuse a connection. People read that they have no access, so the log has a hint for the developer. */
export class RefusedByOptionsError extends AppError {
  /** Holds nothing that the client sent. */
  readonly hint: string

  constructor(hint: string) {
    super({ code: 'forbidden', message: `unable to connect; ${hint}` })
    this.hint = hint
  }
}

/**
 * Browsers don't apply CORS to WebSockets, so the server has to look itself. A client that is no browser sends no origin, and
 * must still sign in.
 *
 * @throws AppError `forbidden`
 */
export function checkOrigin({ headers }: Handshake, allowed: readonly string[] | undefined): void {
  const { origin } = headers
  if (origin === undefined || allowed?.includes(origin)) return
  if (allowed === undefined && isLoopbackUrl(origin)) return
  throw new RefusedByOptionsError(
    allowed
      ? 'a page of an origin that the option `origins` does not name was refused'
      : 'a page of another machine was refused; name the origins of your pages in the option `origins`',
  )
}

const proxied = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/**
 * If users do not sign in, only this machine may connect. Behind a proxy every peer is this machine, and a foreign page may give
 * its own name this machine's address, so the peer's address alone proves nothing.
 *
 * @throws AppError `forbidden`
 */
export function checkLoopback({ address, headers }: Handshake): void {
  const isProxied = Object.keys(headers).some(
    (name) => proxied.includes(name) || name.startsWith('x-forwarded-'),
  )
  const isLocal = isLoopback(address) && isLoopbackUrl(`http://${headers.host}`)
  if (isProxied || !isLocal || (headers.origin !== undefined && !isLoopbackUrl(headers.origin)))
    throw new RefusedByOptionsError(
      'a connection of another machine, or through a proxy, was refused; that needs the option `authenticate`',
    )
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address)

function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || isLoopback(hostname)
}
