import type { ConversationKey } from '../store/conversation-key.js'
import type { RedisConnection } from './redis-connection.js'
import type { RedisKeys } from './redis-keys.js'
import { RedisScript } from './redis-script.js'
import { LISTING_MS } from './scripts/append.js'
import { listScript, unlistScript } from './scripts/open-list.js'

/** A node that has listed a conversation need not do so again for this long. */
const LISTED_FRESH_MS = LISTING_MS / 2
/** Twice as long as a listing holds: no node is about to append with it by then. */
const UNLIST_AFTER_MS = 2 * LISTING_MS
const MAX_REMEMBERED = 10_000
/** Conversations of each list that are looked at together. */
const PAGE = 100

const list = new RedisScript(listScript)
const unlist = new RedisScript(unlistScript)

/** Conversations that may have open work: hints, kept right by who appends and by who looks. */
export class OpenWork {
  readonly #redis: RedisConnection
  readonly #keys: RedisKeys
  readonly #now: () => string
  /** When this node listed a conversation last: by Redis' time, and by its own monotonic one. */
  readonly #listed = new Map<ConversationKey, { readonly at: string; readonly since: number }>()

  constructor(redis: RedisConnection, keys: RedisKeys, now: () => string) {
    this.#redis = redis
    this.#keys = keys
    this.#now = now
  }

  /** Puts a conversation on the list, unless this node has done so just before. @returns when, by Redis' time. */
  async add(key: ConversationKey): Promise<string> {
    const known = this.#listed.get(key)
    if (known && performance.now() - known.since < LISTED_FRESH_MS && this.#now() === '') return known.at
    const since = performance.now()
    const at = String(await list.run(this.#redis, [this.#keys.listOf(key)], [this.#now(), key]))
    this.#listed.delete(key)
    this.#listed.set(key, { at, since })
    for (const oldest of this.#listed.keys()) {
      if (this.#listed.size <= MAX_REMEMBERED) break
      this.#listed.delete(oldest)
    }
    return at
  }

  /** The listing was too old, or the list was lost. */
  forget(key: ConversationKey) {
    this.#listed.delete(key)
  }

  /**
   * All conversations that are listed, with the times of their listings, some at a time; in each page the oldest first.
   * An entry that is taken off meanwhile can hide another one until the next time.
   */
  async *pages(): AsyncGenerator<readonly Listed[]> {
    for (let from = 0; ; from += PAGE) {
      const range = [`${from}`, `${from + PAGE - 1}`]
      const replies = await Promise.allSettled(
        this.#keys.lists.map((name) => this.#redis.run(name, ['ZRANGE', name, ...range, 'WITHSCORES'])),
      )
      // In a cluster one of the lists may be on a server that is down.
      const read = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value] : []))
      const [first] = replies
      if (read.length === 0 && first?.status === 'rejected') throw first.reason
      const page = read.flatMap((reply) => pairsOf(reply))
      if (page.length === 0) return
      yield page.toSorted((a, b) => Number(a.at) - Number(b.at))
    }
  }

  /** For a conversation without open work. Does nothing if a node has listed it since, or not long before. */
  async remove(key: ConversationKey, at: string): Promise<void> {
    this.#listed.delete(key)
    await unlist.run(this.#redis, [this.#keys.listOf(key)], [this.#now(), key, at, `${UNLIST_AFTER_MS}`])
  }
}

interface Listed {
  readonly key: ConversationKey
  readonly at: string
}

/** Members and scores in turn, or, in the newer protocol, in pairs. */
function pairsOf(reply: unknown): Listed[] {
  const flat = (Array.isArray(reply) ? reply : []).flat() as unknown[]
  const pairs: Listed[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    pairs.push({ key: String(flat[index]) as ConversationKey, at: String(flat[index + 1]) })
  }
  return pairs
}
