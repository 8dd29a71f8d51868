import type { Author } from '../../protocol/events.js'
import type { Logger } from '../../shared/logger.js'
import { failureFields } from '../failure-fields.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { ChatStore, Unsubscribe } from '../store/store.js'

/** A message between nodes. Nothing of it is stored. */
export type NodeMessage =
  | {
      readonly type: 'broadcast'
      readonly key: ConversationKey
      readonly name: string
      readonly value: unknown
      readonly from?: Author | undefined
      /** The connection that sent it, and is not told. */
      readonly sender?: string | undefined
    }
  | { readonly type: 'disconnect'; readonly userId: string }
  | { readonly type: 'revoke'; readonly scope: string; readonly userId: string }

/** Messages from node to node, over the store; this node hears its own as well. */
export class NodeMessages {
  readonly #store: Pick<ChatStore, 'publish' | 'listen'>
  readonly #logger: Logger
  #stop: Unsubscribe | null = null
  #isClosed = false

  constructor(store: Pick<ChatStore, 'publish' | 'listen'>, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  async listen(listener: (message: NodeMessage) => void): Promise<void> {
    this.#stop ??= await this.#store.listen((message) => listener(message as NodeMessage))
    if (this.#isClosed) await this.close()
  }

  async publish(message: NodeMessage): Promise<void> {
    await this.#store.publish(message)
  }

  /** Publishes what may be lost. Never rejects. */
  tell(message: NodeMessage): void {
    this.publish(message).catch((error) =>
      this.#logger.warn('other nodes could not be told', failureFields(error)),
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const stop = this.#stop
    this.#stop = null
    await stop?.()
  }
}
