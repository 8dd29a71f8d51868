import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../shared/logger.js'
import type { ConversationKey } from './conversation-key.js'
import { readFrames } from './file-frames.js'
import { replay } from './file-lines.js'
import { EXTENSION } from './file-paths.js'
import { errnoOf, isMissing } from './store-file-system.js'

/** Files looked at by one sweep. */
const FILES_AT_ONCE = 50

/** Finds the files of conversations that may be forgotten, a few at a time. */
export class FileRetention {
  readonly #folder: string
  readonly #logger: Logger
  #files: Iterator<string> | undefined
  /** The shortest time that a step asked for; undefined if none did. */
  #keepMs: number | undefined

  constructor(folder: string, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
  }

  note(keepMs: number | undefined) {
    if (keepMs !== undefined) this.#keepMs = Math.min(keepMs, this.#keepMs ?? keepMs)
  }

  /** Gives the keys of files that were not written to for long. Never rejects: one bad file keeps no other from being looked at. */
  async sweep(look: (key: ConversationKey) => Promise<void>): Promise<void> {
    if (this.#keepMs === undefined) return
    for (let looked = 0; looked < FILES_AT_ONCE; looked += 1) {
      this.#files ??= filesOf(this.#folder, this.#logger)
      const { value: path, done } = this.#files.next()
      if (done) {
        this.#files = undefined
        return
      }
      try {
        const key = keyIfOld(path, this.#keepMs)
        if (key) await look(key)
      } catch (error) {
        this.#logger.warn('conversation file could not be looked at', { errno: errnoOf(error) })
      }
    }
  }
}

function* filesOf(folder: string, logger: Logger): Generator<string> {
  for (const group of namesIn(folder, logger)) {
    for (const scope of namesIn(join(folder, group), logger)) {
      for (const name of namesIn(join(folder, group, scope), logger)) {
        if (name.endsWith(EXTENSION)) yield join(folder, group, scope, name)
      }
    }
  }
}

function namesIn(folder: string, logger: Logger): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    // A file beside the folders is not of the store: some systems leave one wherever a person has looked.
    if (!isMissing(error) && errnoOf(error) !== 'ENOTDIR')
      logger.warn('folder of conversations could not be looked at', { errno: errnoOf(error) })
    return []
  }
}

/** The file's own time is that of its last write; whether the conversation may be forgotten, its steps say. */
function keyIfOld(path: string, keepMs: number): ConversationKey | undefined {
  try {
    if (Date.now() - statSync(path).mtimeMs < keepMs) return undefined
    return replay(readFrames(readFileSync(path)).values).record?.key
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
