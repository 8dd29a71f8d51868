/**
 * The person and the server that intents belong to: what one person wrote for one server is never shown to, or sent to,
 * another.
 */
export interface Owner {
  readonly identity: string
  /** The server as `serverKey` names it. */
  readonly server: string
}

export const isOwnedBy = (owner: Owner, { identity, server }: Owner): boolean =>
  identity === owner.identity && server === owner.server

/** Names what the tabs of one owner share: a channel, and with `queue` a lock. */
export const sharedName = ({ identity, server }: Owner, queue?: string): string =>
  `reconvene ${JSON.stringify(queue === undefined ? [server, identity] : [server, identity, queue])}`
