// Milliseconds in which a request that still waits is repeated with the new token; later this token may have expired, too.
const renewalHolds = 60_000

interface Renewal {
  readonly at: number
  /** The connection over which the request was refused last. */
  readonly connectionId: number | null
}

/**
 * The requests for which a new token was asked for. A request that is refused again over a later connection is refused for good:
 * each connection asks everything again, so that a token which is never accepted would be renewed without end.
 */
export class TokenRenewals {
  readonly #renewals = new Map<string, Renewal>()

  /** Whether a refusal of this request, over this connection, is worth a new token. */
  mayRenew(request: string, connectionId: number | null, now: number): boolean {
    for (const [name, { at }] of this.#renewals) {
      if (Math.abs(now - at) >= renewalHolds) this.#renewals.delete(name)
    }
    const before = this.#renewals.get(request)
    // Over the same connection it is a person who asks once more.
    const isFinal = before !== undefined && before.connectionId !== connectionId
    this.#renewals.set(request, { at: isFinal ? before.at : now, connectionId })
    return !isFinal
  }

  /** The request was not refused for its token. */
  forget(request: string): void {
    this.#renewals.delete(request)
  }
}
