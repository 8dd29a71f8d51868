import type { HistoryAnswer, HistoryRequest, JoinAnswer, JoinRequest } from '../../protocol/events.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import { publicEvent } from '../conversation/leaving.js'
import { bytesOf, describeTasks, newestThatFit } from '../conversation/snapshot.js'
import { refusals } from '../refusals.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { ChatStore, StoredConversation } from '../store/store.js'
import type { Replica } from './replica.js'
import type { Replicas } from './replicas.js'

export interface ReaderOptions {
  readonly store: ChatStore
  readonly replicas: Replicas
  /** Ends what a node that is gone left running. */
  readonly takeOver: (key: ConversationKey) => Promise<void>
  /** Events that an answer to a join holds at most; a longer backlog is answered with a snapshot. */
  readonly maxBacklog: number
  readonly joinBytes: number
  readonly terms: Pick<JoinAnswer, 'limits' | 'reconnect_spread_ms'>
}

const defaultPage = 50
const maxPage = 200

/** Answers what clients read: what they missed, and older messages. */
export class Reader {
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  join(key: ConversationKey, { after, limit }: JoinRequest): Promise<JoinAnswer> {
    const { replicas } = this.#options
    return replicas.use(key, async (replica) => {
      const max = pageSize(limit)
      const read = await this.#read(key, after ? { epoch: after.epoch, end: after.offset } : undefined, max)
      replica.observe(read)
      const events =
        read.snapshot || read.events.length > this.#options.maxBacklog ? null : this.#backlog(replica, read)
      if (events) return this.#answer(read.position, { events, snapshot: null })
      return this.#answerWithSnapshot(replica, read, max)
    })
  }

  /** @throws AppError `unknown_conversation`, `unknown_message`. */
  history(key: ConversationKey, { before, limit }: HistoryRequest): Promise<HistoryAnswer> {
    const { store, replicas, joinBytes: bytes } = this.#options
    const max = pageSize(limit)
    return replicas.use(key, async (replica) => {
      const page = await store.history(key, before, max)
      if (page && page.events.length === 0) {
        const { epoch, end: offset } = page.position
        return {
          ok: true,
          epoch,
          offset,
          ...newestThatFit(page.messages, { limit: max, bytes }, page.older > 0),
        }
      }
      return replica.run(async () => {
        const { epoch, end: offset, messages } = await replica.refresh()
        if (!replica.exists) throw refusals.unknownConversation()
        const index = messages.indexOf(before)
        if (index < 0) throw refusals.unknownMessage('there is no message of this id')
        return {
          ok: true,
          epoch,
          offset,
          ...newestThatFit(messages.slice(0, index), { limit: max, bytes }, false),
        }
      })
    })
  }

  async #read(key: ConversationKey, after: { epoch: string; end: number } | undefined, max: number) {
    const { store, takeOver } = this.#options
    const read = await store.read(key, { after, max })
    // The node that ran it is gone. Its end is stored before anyone is told of it as running.
    if (!read.running || read.holder !== null) return read
    await takeOver(key)
    return store.read(key, { after, max })
  }

  /** The events that the client lacks, as many as fit; null if not even the first fits. */
  #backlog({ conversationId }: Replica, { position, events }: StoredConversation): unknown[] | null {
    const fitting: unknown[] = []
    let left = this.#options.joinBytes
    for (const placed of events) {
      const event = publicEvent(conversationId, position.epoch, placed)
      left -= bytesOf(event)
      if (left < 0) return fitting.length > 0 ? fitting : null
      fitting.push(event)
    }
    return fitting
  }

  async #answerWithSnapshot(replica: Replica, read: StoredConversation, max: number): Promise<JoinAnswer> {
    const { position, snapshot, events, tasks } = read
    const bounds = { limit: max, bytes: this.#options.joinBytes }
    if (snapshot && events.length === 0) {
      const page = newestThatFit(snapshot.messages, bounds, snapshot.older > 0)
      const { end: offset } = position
      return this.#answer(position, {
        events: [],
        snapshot: { ...page, offset, tasks: describeTasks(tasks) },
      })
    }
    return replica.run(async () => {
      const held = await replica.load()
      // The answer must not lag behind the position that was read: the client may be further already.
      const isBehind = held.epoch !== position.epoch || held.end < position.end
      return this.#fromFold(isBehind ? await replica.refresh() : held, bounds)
    })
  }

  #fromFold(state: ConversationState, bounds: { limit: number; bytes: number }): JoinAnswer {
    const { epoch, end: offset, messages, tasks } = state
    const page = newestThatFit(messages.slice(), bounds, false)
    return this.#answer(
      { epoch, end: offset },
      { events: [], snapshot: { ...page, offset, tasks: describeTasks(tasks.open()) } },
    )
  }

  #answer(
    { epoch, end: offset }: { readonly epoch: string; readonly end: number },
    found: Pick<JoinAnswer, 'events' | 'snapshot'>,
  ): JoinAnswer {
    return { ok: true, epoch, offset, ...found, ...this.#options.terms }
  }
}

const pageSize = (limit = defaultPage) => Math.min(limit, maxPage)
