import { LRUCache } from 'lru-cache'
import type { ConversationKey } from './conversation-key.js'
import { EXTENSION, scopeFolder } from './file-paths.js'
import { isMissing, type StoreFileSystem } from './store-file-system.js'

const MAX_SCOPES = 10_000

/** How many conversations a scope has: the files in its folder, counted once. */
export class ScopeCounts {
  readonly #root: string
  readonly #fs: StoreFileSystem
  readonly #counts = new LRUCache<string, { count: number }>({ max: MAX_SCOPES })

  constructor(root: string, fs: StoreFileSystem) {
    this.#root = root
    this.#fs = fs
  }

  countOf(key: ConversationKey): number {
    const folder = scopeFolder(this.#root, key)
    const known = this.#counts.get(folder)
    if (known) return known.count
    const count = this.#countFiles(folder)
    this.#counts.set(folder, { count })
    return count
  }

  /** A conversation more or less; of a scope that was not counted yet, its folder says so. */
  add(key: ConversationKey, conversations: 1 | -1) {
    const known = this.#counts.get(scopeFolder(this.#root, key))
    if (known) known.count += conversations
  }

  #countFiles(folder: string): number {
    try {
      return this.#fs.readdirSync(folder).filter((name) => name.endsWith(EXTENSION)).length
    } catch (error) {
      if (isMissing(error)) return 0
      throw error
    }
  }
}
