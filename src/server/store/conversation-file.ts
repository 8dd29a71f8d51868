import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { type StoreFileSystem, syncFolder, writeAll } from './store-file-system.js'

export interface ConversationFileOptions {
  readonly path: string
  readonly fs: StoreFileSystem
  /** Whether a write must reach the disk before it is acknowledged. */
  readonly syncs: boolean
  /** Bytes that are in the file. */
  readonly size: number
}

/** A new edition of the file that is being written. */
interface Rewrite {
  /** Bytes that were appended to the old edition meanwhile. */
  readonly appended: Buffer[]
}

/** One conversation's file. Writes are appended whole or not at all; syncs of one file are gathered. */
export class ConversationFile {
  readonly #path: string
  readonly #fs: StoreFileSystem
  readonly #syncs: boolean
  #size: number
  #file: number | undefined
  /** Bytes that are known to be on the disk. */
  #syncedSize: number
  #syncing: Promise<void> | undefined
  #nextSync: Promise<void> | undefined
  #rewrite: Rewrite | undefined
  #rewriting: Promise<void> | undefined
  #hasFolder: boolean
  /** Memory and file no longer agree. */
  #isBroken = false

  constructor({ path, fs, syncs, size }: ConversationFileOptions) {
    this.#path = path
    this.#fs = fs
    this.#syncs = syncs
    this.#size = size
    this.#syncedSize = size
    this.#hasFolder = size > 0
  }

  get size(): number {
    return this.#size
  }

  get isOpen(): boolean {
    return this.#file !== undefined
  }

  /** Whether something about it is under way, so that it must not be forgotten. */
  get isBusy(): boolean {
    const isDurable = !this.#syncs || (this.#syncedSize >= this.#size && !this.#syncing)
    return this.#rewrite !== undefined || !isDurable
  }

  /** @throws the file system's error; nothing is appended then. */
  append(lines: string): void {
    const fs = this.#fs
    if (this.#isBroken) throw new Error('unable to append; the file must be read again')
    if (this.#size === 0) fs.mkdirSync(dirname(this.#path), { recursive: true })
    const file = this.#open()
    const bytes = Buffer.from(lines)
    try {
      writeAll(fs, file, bytes, this.#size)
    } catch (error) {
      this.#undo()
      throw error
    }
    this.#size += bytes.length
    this.#rewrite?.appended.push(bytes)
  }

  /** Back to its first bytes. */
  cut(size: number): void {
    this.#rewrite = undefined
    this.#size = size
    this.#fs.ftruncateSync(this.#open(), size)
  }

  /**
   * Resolves once all that was appended is on the disk, if the file syncs; undefined if it is already. Appends that come
   * while one sync is under way share the next one.
   *
   * @throws the file system's error; everything appended since the last sync is cut off then.
   */
  durable(): Promise<void> | undefined {
    if (!this.#syncs) return undefined
    if (this.#syncedSize >= this.#size) return this.#syncing
    if (!this.#syncing) return this.#sync()
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined
      return this.durable()
    })
    return this.#nextSync
  }

  /**
   * Writes the file anew. Until that is done the old edition is appended to.
   *
   * @throws the file system's error; the file is as it was then.
   */
  rewrite(lines: string): Promise<void> {
    this.#rewriting = this.#writeAnew(lines)
    return this.#rewriting
  }

  async #writeAnew(lines: string): Promise<void> {
    const fs = this.#fs
    const rewrite: Rewrite = { appended: [] }
    this.#rewrite = rewrite
    const temporary = `${this.#path}.tmp`
    let file: number | undefined
    try {
      file = fs.openSync(temporary, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC)
      const bytes = Buffer.from(lines)
      writeAll(fs, file, bytes, 0)
      // Without this a power failure can leave the new name on an empty file, and all of the conversation is gone.
      await dataSync(fs, file)
      if (this.#rewrite !== rewrite) return
      const appended = Buffer.concat(rewrite.appended)
      writeAll(fs, file, appended, bytes.length)
      if (this.#syncs && appended.length > 0) fs.fsyncSync(file)
      fs.renameSync(temporary, this.#path)
      if (this.#syncs) syncFolder(fs, dirname(this.#path))
      this.#replaceBy(file, bytes.length + appended.length)
      file = undefined
    } finally {
      if (this.#rewrite === rewrite) this.#rewrite = undefined
      if (file !== undefined) fs.closeSync(file)
    }
  }

  /** Resolves once nothing about it is under way, however that ended. */
  async whenSettled(): Promise<void> {
    await Promise.allSettled([this.durable(), this.#rewriting])
  }

  /** The file is opened again when it is next needed. */
  close(): void {
    if (this.#file === undefined || this.#syncing) return
    this.#fs.closeSync(this.#file)
    this.#file = undefined
  }

  remove(): void {
    this.#rewrite = undefined
    this.close()
    this.#fs.unlinkSync(this.#path)
  }

  /** Takes back half a write. If even that fails, the half is cut off when the file is read again: it has no end. */
  #undo() {
    try {
      this.cut(this.#size)
    } catch {
      this.#isBroken = true
    }
  }

  #open(): number {
    this.#file ??= this.#fs.openSync(this.#path, constants.O_RDWR | constants.O_CREAT)
    return this.#file
  }

  #replaceBy(file: number, size: number) {
    const old = this.#file
    const closeOld = () => old !== undefined && this.#fs.closeSync(old)
    // A sync of the old edition may be under way; what it waits for is in the new one.
    if (this.#syncing) this.#syncing.then(closeOld, closeOld)
    else closeOld()
    this.#syncing = undefined
    this.#file = file
    this.#size = size
    this.#syncedSize = size
  }

  #sync(): Promise<void> {
    const file = this.#open()
    const size = this.#size
    const isCurrent = () => this.#file === file
    const syncing = this.#syncOnce(file)
      .then(() => {
        if (isCurrent()) this.#syncedSize = Math.max(this.#syncedSize, size)
      })
      .catch((error) => {
        // The new edition has been synced whole.
        if (!isCurrent()) return
        this.#isBroken = true
        this.cut(this.#syncedSize)
        throw error
      })
      .finally(() => {
        if (this.#syncing === syncing) this.#syncing = undefined
      })
    this.#syncing = syncing
    return syncing
  }

  async #syncOnce(file: number) {
    if (!this.#hasFolder) syncFolder(this.#fs, dirname(this.#path))
    await dataSync(this.#fs, file)
    this.#hasFolder = true
  }
}

const dataSync = (fs: StoreFileSystem, file: number) =>
  new Promise<void>((resolve, reject) => fs.fdatasync(file, (error) => (error ? reject(error) : resolve())))
