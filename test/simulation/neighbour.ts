import type { ChatClient, TransportFactory } from '../../src/index.js'
import type { Random } from '../../src/shared/clock.js'
import type { OutboxStorage } from '../../src/storage/index.js'
import { testClient } from '../support/stored-client.js'
import type { DeviceTabs } from './device-tabs.js'
import type { ProcessClock } from './process-clock.js'

export interface NeighbourOptions {
  readonly number: number
  readonly clock: ProcessClock
  readonly random: Random
  readonly storage: OutboxStorage
  readonly tabs: DeviceTabs
  readonly conversations: readonly string[]
  /** Told of each thing that it sends or shows: nobody writes anything here. */
  readonly strange: (what: string) => void
}

/** A page of the same origin and the same person, for another server, on which nobody writes anything. */
export class Neighbour {
  readonly #client: ChatClient
  readonly #options: NeighbourOptions

  constructor(options: NeighbourOptions) {
    const { number, clock, random, storage, tabs, conversations } = options
    this.#options = options
    this.#client = testClient({
      url: 'http://other.test',
      identity: 'ann',
      storage,
      tabs: tabs.openFor(number, clock),
      transport: this.#transport,
      page: { isOnline: () => true, listen: () => () => {} },
      clock,
      random,
      locale: 'en',
    })
    for (const id of conversations) this.#client.conversation(id).subscribe(() => this.#look(id))
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  readonly #transport: TransportFactory = ({ handlers }) => ({
    open: () => void this.#options.clock.setTimeout(() => handlers.connected(), 1),
    close: () => {},
    emit: (event, payload, acknowledge) => {
      if (event !== 'chat:join' && event !== 'chat:leave') this.#options.strange(`${event} is sent`)
      const { conversation_id } = payload as { conversation_id: string }
      const limits = { max_message_bytes: 1_000_000 }
      const answer = {
        ok: true,
        epoch: 'other',
        offset: 0,
        events: [],
        snapshot: null,
        limits,
        conversation_id,
      }
      this.#options.clock.setTimeout(() => acknowledge?.(answer), 1)
    },
  })

  #look(id: string): void {
    const { messages, error } = this.#client.conversation(id).getSnapshot()
    if (messages.length > 0) this.#options.strange(`${messages.length} messages are shown`)
    if (error) this.#options.strange(`${error.code} is shown`)
  }
}
