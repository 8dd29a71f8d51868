import { AppError } from 'reconvene/server'

/**
 * The demo's tokens. `alice` and `alice:2` are both of user `alice`; `alice:expired` and `expired` have expired; `forbidden`
 * belongs to no user. Without a token everyone is the same `guest`.
 */
export class DemoTokens {
  readonly #revoked = new Set<string>()

  /** @throws AppError `token_expired`, if a new token helps; `forbidden`, if none does. */
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

  /** From now on the token is refused. The app itself disconnects connections that were made with it before. */
  revoke(token: string) {
    this.#revoked.add(token)
  }
}
