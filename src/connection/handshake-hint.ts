import type { KnownErrorCode } from '../errors/error-policy.js'
import { inDevelopment } from '../shared/check-option.js'

/** Refusals about which a developer can be told more than the code says. */
export type Refusal = KnownErrorCode | 'redirected' | 'unknown_session' | 'unexplained'

/** In development a line for the developer, and in production the word alone. It holds nothing that the server sent. */
export function hintOf(refusal: Refusal): string {
  let hint: string = refusal
  inDevelopment(() => {
    const hints: Readonly<Partial<Record<Refusal, string>>> = {
      token_expired: 'the token has expired',
      unauthorized: 'the server or a proxy refused the token',
      forbidden: 'the server or a proxy forbids it; check allowRequest and the origins',
      internal: 'the server has no such namespace or transport; check the url and socketOptions',
      unsupported_protocol: 'the server is no Socket.IO 4',
      temporary: 'the server or a proxy answered with an error; check the url',
      redirected: 'the server redirects; give the address that it redirects to as the url',
      unknown_session:
        "the server does not know its own polling session; use sticky sessions or transports: ['websocket']",
      unexplained: 'the server gives no reason; see docs/protocol.md',
    }
    hint = hints[refusal] ?? 'the server refuses for now'
  })
  return hint
}
