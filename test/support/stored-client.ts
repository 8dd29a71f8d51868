import { ChatClient, type ChatClientOptions } from '../../src/index.js'
import { durable, type OutboxStorage, type TabLocks } from '../../src/storage/index.js'

/** A client's options, with an adapter where a client takes a storage, so that a test can look into it. */
export interface TestClientOptions extends Omit<ChatClientOptions, 'storage'> {
  readonly storage?: OutboxStorage | undefined
  /** How the client's tab knows of others. */
  readonly tabs?: TabLocks | undefined
}

export const testClient = ({ storage, tabs, ...options }: TestClientOptions): ChatClient =>
  new ChatClient({ ...options, storage: storage && durable(storage, { tabs }) })
