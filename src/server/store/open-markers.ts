import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../shared/logger.js'
import type { ConversationKey } from './conversation-key.js'
import { hashOf } from './file-paths.js'
import { errnoOf, isMissing, type StoreFileSystem, syncFolder, writeAll } from './store-file-system.js'

/**
 * Which conversations may have open work: a file for each in a folder of its own, written before the work is. So neither
 * the time to start nor memory depends on how much is stored.
 */
export class OpenMarkers {
  readonly #folder: string
  readonly #fs: StoreFileSystem
  readonly #syncs: boolean
  readonly #logger: Logger
  /** When each was marked, those that wait longest first. */
  readonly #since = new Map<ConversationKey, number>()

  constructor(folder: string, fs: StoreFileSystem, syncs: boolean, logger: Logger) {
    this.#folder = folder
    this.#fs = fs
    this.#syncs = syncs
    this.#logger = logger
  }

  get keys(): readonly ConversationKey[] {
    return [...this.#since.keys()]
  }

  load() {
    this.#fs.mkdirSync(this.#folder, { recursive: true })
    const markers: { key: ConversationKey; since: number }[] = []
    for (const name of this.#fs.readdirSync(this.#folder)) {
      const path = join(this.#folder, name)
      try {
        const marker = parseMarker(readFileSync(path, 'utf8'))
        // A marker that a crash cut off marks nothing: the work that it was written for was never stored.
        if (marker && hashOf(marker.key) === name) markers.push(marker)
        else this.#fs.unlinkSync(path)
      } catch (error) {
        // A folder, or a file of somebody else's. It keeps nobody else's conversation from being opened.
        this.#logger.warn('mark of open work could not be read', { errno: errnoOf(error), name })
      }
    }
    for (const { key, since } of markers.toSorted((a, b) => a.since - b.since)) this.#since.set(key, since)
  }

  /** @throws the file system's error. */
  add(key: ConversationKey, since: number) {
    if (this.#since.has(key)) return
    const file = this.#fs.openSync(this.#pathOf(key), 'w')
    try {
      writeAll(this.#fs, file, Buffer.from(JSON.stringify({ key, since })), 0)
      if (this.#syncs) this.#fs.fsyncSync(file)
    } finally {
      this.#fs.closeSync(file)
    }
    if (this.#syncs) syncFolder(this.#fs, this.#folder)
    this.#since.set(key, since)
  }

  remove(key: ConversationKey) {
    if (!this.#since.delete(key)) return
    try {
      this.#fs.unlinkSync(this.#pathOf(key))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  #pathOf(key: ConversationKey) {
    return join(this.#folder, hashOf(key))
  }
}

function parseMarker(text: string): { key: ConversationKey; since: number } | undefined {
  try {
    const { key, since } = JSON.parse(text) as { key: ConversationKey; since: number }
    return typeof key === 'string' && typeof since === 'number' ? { key, since } : undefined
  } catch {
    return undefined
  }
}
