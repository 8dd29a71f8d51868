import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Logger } from '../../shared/logger.js'
import { ConversationFile } from './conversation-file.js'
import type { ConversationKey } from './conversation-key.js'
import { type Frames, readFrames } from './file-frames.js'
import { epochLine, lifeLine, recordLines, replay } from './file-lines.js'
import type { Life } from './folder-state.js'
import type { ConversationRecord } from './record.js'
import { isMissing, type StoreFileSystem } from './store-file-system.js'

export interface LoadOptions {
  readonly fs: StoreFileSystem
  readonly syncs: boolean
  readonly life: Life
  readonly logger: Logger
  readonly createId: () => string
  /** Where damaged files are put. */
  readonly damagedFolder: string
}

export interface LoadedConversation {
  /** Absent if the conversation does not exist. */
  readonly record?: ConversationRecord
  readonly file: ConversationFile
}

/** Reads a conversation's file, and mends the file if it is not whole. */
export async function loadConversation(
  key: ConversationKey,
  path: string,
  options: LoadOptions,
): Promise<LoadedConversation> {
  const { fs, syncs } = options
  const open = (size: number) => new ConversationFile({ path, fs, syncs, size })
  const bytes = await readOrMissing(fs, path)
  if (!bytes) return { file: open(0) }
  const frames = readFrames(bytes)
  const { record, life, replayed } = replay(frames.values)
  const isWhole = frames.end !== 'damaged' && replayed === frames.values.length
  if (!isWhole || (record && record.key !== key)) return setAside(key, path, options, record)
  const file = open(bytes.length)
  mendEnd(file, bytes, frames, options)
  if (!record) return { file }
  if (options.life.isDoubtful(life ?? 0)) beginEpoch(record, file, options)
  return { record, file }
}

function readOrMissing(fs: StoreFileSystem, path: string): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    fs.readFile(path, (error, bytes) => {
      if (!error) resolve(bytes)
      else if (isMissing(error)) resolve(undefined)
      else reject(error)
    })
  })
}

/** A record without an end was being written when the process died, so it was never acknowledged. */
function mendEnd(file: ConversationFile, bytes: Buffer, { end, length }: Frames, { logger }: LoadOptions) {
  if (end === 'whole') return
  file.cut(length)
  if (end === 'unended') file.append('\n')
  logger.warn('conversation file mended; its last write was cut off', { bytes: bytes.length - length })
}

/** The machine failed, and what it had not written yet is not there, though it was acknowledged. */
function beginEpoch(
  record: ConversationRecord,
  file: ConversationFile,
  { logger, createId, life }: LoadOptions,
) {
  record.epoch = createId()
  file.append(lifeLine(life.number) + epochLine(record.epoch))
  logger.warn('conversation begins a new epoch; the machine was restarted and may have lost its last steps')
}

/** Keeps the damaged file for a person to look at, and goes on with what stands before the damage, in a new epoch. */
function setAside(
  key: ConversationKey,
  path: string,
  { fs, syncs, logger, createId, life, damagedFolder }: LoadOptions,
  record: ConversationRecord | undefined,
): LoadedConversation {
  const epoch = createId()
  mkdirSync(damagedFolder, { recursive: true })
  fs.renameSync(path, join(damagedFolder, `${basename(path)}.${epoch}`))
  const file = new ConversationFile({ path, fs, syncs, size: 0 })
  const kept = record?.key === key && record.rev > 0 ? record : undefined
  logger.error('conversation file damaged and set aside', {
    file: join(basename(damagedFolder), `${basename(path)}.${epoch}`),
    folder: basename(dirname(path)),
    keptEvents: kept ? kept.base + kept.events.length : 0,
  })
  if (!kept) return { file }
  kept.epoch = epoch
  file.append([lifeLine(life.number), ...recordLines(kept)].join(''))
  return { record: kept, file }
}
