import { createHash } from 'node:crypto'
import { type ConversationKey, splitConversationKey } from '../store/conversation-key.js'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24)

const PARTS = ['m', 'l', 't', 'i', 'd', 'z', 's', 'o', 'a'] as const
const LISTS = 4

/** The names of everything in Redis. */
export class RedisKeys {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** All keys of a conversation, in the order that the scripts have them in: of one hash tag, so of one slot. */
  ofConversation(key: ConversationKey): readonly string[] {
    const tag = this.#tag(key)
    return PARTS.map((part) => `${tag}:${part}`)
  }

  channelOf(key: ConversationKey): string {
    return `${this.#tag(key)}:c`
  }

  get nodesChannel(): string {
    return `${this.#prefix}nodes`
  }

  /** A channel of one node. */
  ownChannelOf(node: string): string {
    return `${this.#prefix}node:${node}`
  }

  /** The list of open work that a conversation is on. */
  listOf(key: ConversationKey): string {
    return this.lists[Number.parseInt(hashOf(key).slice(0, 2), 16) % LISTS] ?? ''
  }

  get lists(): readonly string[] {
    return Array.from({ length: LISTS }, (_, n) => `${this.#prefix}open:${n}`)
  }

  /** The conversations of a key's scope. */
  scopeOf(key: ConversationKey): string {
    return `${this.#prefix}scope:${hashOf(splitConversationKey(key).scope)}`
  }

  memberOf(key: ConversationKey): string {
    return hashOf(key)
  }

  #tag(key: ConversationKey) {
    return `${this.#prefix}{${hashOf(key)}}`
  }
}
