import { AppError } from '../../src/errors/app-error.js'

/** Says whose a token is. A real backend verifies a signature here, or asks its session store. */
export interface Authenticator {
  /** @throws AppError `token_expired`, where a new token helps; `forbidden`, where none does. */
  userOf(token: string | undefined): string
}

/**
 * The demo's tokens. `alice` and `alice:2` are both of user `alice`; `alice:expired` and `expired` have expired; `forbidden`
 * is nobody's. Without a token everyone is the same `guest`.
 */
export class DemoTokens implements Authenticator {
  readonly #revoked = new Set<string>()

  userOf(token: string | undefined): string {
    if (token === undefined) return 'guest'
    const [user = '', state] = token.split(':')
    if (token === 'expired' || state === 'expired') {
      throw new AppError({ code: 'token_expired', message: 'unable to sign in; the token has expired' })
    }
    if (user === '' || token === 'forbidden' || this.#revoked.has(token)) {
      throw new AppError({ code: 'forbidden', message: 'unable to sign in; the token is not accepted' })
    }
    return user
  }

  /** From now on the token is refused. What is connected with it already is the app's to disconnect. */
  revoke(token: string) {
    this.#revoked.add(token)
  }
}
