import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { AppError } from '../../errors/app-error.js'
import type { Clock } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { compacted, isCurrent } from './apply-compaction.js'
import type { ConversationFile } from './conversation-file.js'
import type { ConversationKey } from './conversation-key.js'
import { createdLine, foldLine, lifeLine, recordLines, stepLine } from './file-lines.js'
import { conversationPath } from './file-paths.js'
import { FileRetention } from './file-retention.js'
import { type FolderLock, lockFolder } from './folder-lock.js'
import { beginLife, type Life } from './folder-state.js'
import { type LoadedConversation, loadConversation } from './load-conversation.js'
import { OpenMarkers } from './open-markers.js'
import { type ConversationRecord, exists, isExpired } from './record.js'
import type { RecordKeeper } from './record-keeper.js'
import { ScopeCounts } from './scope-counts.js'
import type { Step } from './step.js'
import type { Compaction } from './store.js'
import { errnoOf, isMissing, type StoreFileSystem } from './store-file-system.js'
import { isOpenWork } from './stored-task.js'

export interface FileKeeperOptions {
  readonly folder: string
  readonly syncs: boolean
  readonly maxCachedBytes: number
  readonly maxOpenFiles: number
  readonly fs: StoreFileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly createId: () => string
  /** Called once the folder is locked, with the number of this life of the store. */
  readonly onLife: (life: number) => void
}

/** A conversation that is in memory. */
interface Entry {
  record?: ConversationRecord
  readonly file: ConversationFile
  /** Whether this life of the store has written to the file. */
  hasLife: boolean
}

/** An entry as it was weighed last. The cache does not weigh what it holds already, so a new one says that the entry has grown. */
interface Weighed {
  readonly entry: Entry
}

/** The cost of an entry besides its record. */
const ENTRY_BYTES = 1_000
/** A file that is larger than one and a half times what it holds, and this, is written anew. */
const SPARE_BYTES = 4_096

/** Records in files, one each; those used last are in memory too. */
export class FileKeeper implements RecordKeeper {
  readonly isDurableAtOnce: boolean
  readonly #options: FileKeeperOptions
  readonly #entries: LRUCache<ConversationKey, Weighed>
  /** Evicted while something of them was under way. */
  readonly #busy = new Map<ConversationKey, Entry>()
  readonly #openFiles: LRUCache<ConversationKey, ConversationFile>
  readonly #loading = new Map<ConversationKey, Promise<void>>()
  readonly #scopes: ScopeCounts
  readonly #markers: OpenMarkers
  readonly #retention: FileRetention
  #life: Life | undefined
  #opening: Promise<void> | undefined
  #isClosed = false
  #lock: FolderLock | undefined

  constructor(options: FileKeeperOptions) {
    const { folder, fs, syncs, maxCachedBytes, maxOpenFiles, logger } = options
    this.#options = options
    this.isDurableAtOnce = !syncs
    this.#scopes = new ScopeCounts(folder, fs)
    this.#markers = new OpenMarkers(join(folder, 'open'), fs, syncs, logger)
    this.#retention = new FileRetention(join(folder, 'conversations'), logger)
    this.#openFiles = new LRUCache({ max: maxOpenFiles, dispose: (file) => file.close() })
    this.#entries = new LRUCache({
      maxSize: maxCachedBytes,
      // An entry that is larger than the cache would not be kept at all.
      sizeCalculation: ({ entry: { record } }) =>
        Math.min(maxCachedBytes, ENTRY_BYTES + (record?.bytes ?? 0)),
      dispose: ({ entry }, key, reason) => {
        if (reason !== 'evict') return
        if (entry.file.isBusy) this.#busy.set(key, entry)
        else this.#openFiles.delete(key)
      },
    })
  }

  whenOpen(): Promise<void> | undefined {
    if (this.#isClosed) return Promise.reject(new Error('unable to use the store; it is closed'))
    if (this.#life) return undefined
    // If that fails, the next one who asks tries again.
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  isLoaded(key: ConversationKey): boolean {
    return !this.#isClosed && this.#life !== undefined && this.#entry(key) !== undefined
  }

  load(key: ConversationKey): Promise<void> | undefined {
    if (this.isLoaded(key)) return undefined
    const opening = this.whenOpen()
    if (opening) return opening
    let loading = this.#loading.get(key)
    if (!loading) {
      loading = this.#load(key).finally(() => this.#loading.delete(key))
      this.#loading.set(key, loading)
    }
    return loading
  }

  get(key: ConversationKey): ConversationRecord | undefined {
    const entry = this.#entry(key)
    if (!entry?.record || !exists(entry.record)) return undefined
    if (!isExpired(entry.record, this.#options.clock.now())) return entry.record
    this.#remove(key, entry)
    return undefined
  }

  write(record: ConversationRecord, step: Step): void {
    const { clock } = this.#options
    const { key } = record
    const entry = this.#require(key)
    this.#retention.note(step.keepMs)
    try {
      if (step.tasks.some(isOpenWork)) this.#markers.add(key, clock.now())
      const isNew = entry.record === undefined
      const head = isNew ? createdLine(key, record.epoch) : ''
      this.#append(key, entry, head + stepLine(record, step))
      if (isNew) this.#scopes.add(key, 1)
    } catch (error) {
      throw this.#overloaded(error)
    }
  }

  onWritten(record: ConversationRecord): void {
    const entry = this.#require(record.key)
    entry.record = record
    // Again, because it has grown.
    if (!this.#busy.has(record.key)) this.#entries.set(record.key, { entry })
  }

  durable(key: ConversationKey): Promise<void> | undefined {
    if (!this.#options.syncs) return undefined
    const entry = this.#entry(key)
    return entry?.file.durable()?.catch((error) => {
      // The applied step is not stored.
      if (this.#entry(key) === entry) this.#drop(key)
      throw this.#overloaded(error)
    })
  }

  compact(record: ConversationRecord, compaction: Compaction): boolean {
    if (!isCurrent(record, compaction)) return false
    const { key } = record
    const entry = this.#require(key)
    const next = compacted(record, compaction)
    try {
      this.#append(key, entry, foldLine(compaction))
    } catch (error) {
      throw this.#overloaded(error)
    }
    entry.record = next
    if (!this.#busy.has(key)) this.#entries.set(key, { entry })
    if (entry.file.size > 1.5 * next.bytes + SPARE_BYTES && !entry.file.isBusy) this.#rewrite(key, entry)
    return true
  }

  conversationsInScope(key: ConversationKey): number {
    return this.#scopes.countOf(key)
  }

  openKeys(): readonly ConversationKey[] {
    return this.#markers.keys
  }

  forgetOpen(key: ConversationKey): void {
    this.#markers.remove(key)
  }

  onFailed(error: unknown): void {
    this.#options.logger.error('conversation with open work could not be read', { errno: errnoOf(error) })
  }

  tidy(isUsed: (key: ConversationKey) => boolean): Promise<void> | undefined {
    for (const [key, { file }] of this.#busy) if (!file.isBusy) this.#drop(key)
    return this.#retention.sweep(async (key) => {
      if (isUsed(key)) return
      for (let loading = this.load(key); loading; loading = this.load(key)) await loading
      // Removes the conversation if its time has come.
      this.get(key)
    })
  }

  /** Resolves once nothing is under way any more. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {})
    this.#isClosed = true
    const held = [...this.#entries.entries()].map(([key, { entry }]) => [key, entry] as const)
    for (const [key, { file }] of [...held, ...this.#busy]) {
      await file.whenSettled()
      this.#drop(key)
    }
    this.#openFiles.clear()
    await this.#lock?.release()
  }

  async #open(): Promise<void> {
    const { folder, fs, syncs, clock, onLife } = this.#options
    fs.mkdirSync(folder, { recursive: true })
    const lock = await lockFolder(folder)
    try {
      this.#markers.load()
      this.#life = beginLife(folder, fs, syncs, clock.now())
    } catch (error) {
      await lock.release()
      throw error
    }
    this.#lock = lock
    onLife(this.#life.number)
  }

  #entry(key: ConversationKey): Entry | undefined {
    return this.#entries.get(key)?.entry ?? this.#busy.get(key)
  }

  #require(key: ConversationKey): Entry {
    const entry = this.#entry(key)
    if (!entry) throw new Error('unable to write to the conversation; it was not loaded')
    return entry
  }

  async #load(key: ConversationKey): Promise<void> {
    const { folder, fs, syncs, logger, createId } = this.#options
    if (!this.#life) throw new Error('unable to load the conversation; the store is not open')
    const path = conversationPath(folder, key)
    const damagedFolder = join(folder, 'damaged')
    const options = { fs, syncs, logger, createId, damagedFolder, life: this.#life }
    const { record, file }: LoadedConversation = await loadConversation(key, path, options)
    if (file.isOpen) this.#openFiles.set(key, file)
    this.#entries.set(key, { entry: { ...(record && { record }), file, hasLife: false } })
  }

  #append(key: ConversationKey, entry: Entry, lines: string) {
    const life = entry.hasLife || !this.#life ? '' : lifeLine(this.#life.number)
    entry.file.append(life + lines)
    entry.hasLife = true
    this.#openFiles.set(key, entry.file)
  }

  #rewrite(key: ConversationKey, entry: Entry) {
    const { record, file } = entry
    if (!record || !this.#life) return
    const lines = [lifeLine(this.#life.number), ...recordLines(record)].join('')
    file.rewrite(lines).then(
      () => this.#openFiles.set(key, file),
      (error) => {
        this.#options.logger.warn('conversation file could not be written anew', { errno: errnoOf(error) })
      },
    )
  }

  #remove(key: ConversationKey, entry: Entry) {
    this.#drop(key)
    this.#markers.remove(key)
    this.#scopes.add(key, -1)
    try {
      entry.file.remove()
    } catch (error) {
      if (!isMissing(error))
        this.#options.logger.warn('conversation file could not be removed', { errno: errnoOf(error) })
    }
  }

  #drop(key: ConversationKey) {
    this.#openFiles.delete(key)
    this.#entries.delete(key)
    this.#busy.delete(key)
  }

  #overloaded(error: unknown): AppError {
    this.#options.logger.error('conversation could not be written', { errno: errnoOf(error) })
    return new AppError({
      code: 'overloaded',
      message: 'unable to store the step; it could not be written',
      cause: error,
    })
  }
}
