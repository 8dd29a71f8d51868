import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { nanoid } from 'nanoid'
import * as v from 'valibot'
import { badFieldOf, ChatEventSchema, IdSchema, SendInputSchema } from '../../src/server/schemas.js'
import type { ConversationKey } from './conversation-key.js'
import { type ConversationLog, type LogStep, MemoryLog, type StoredConversation } from './conversation-log.js'

const LineSchema = v.object({
  key: v.custom<ConversationKey>(isKey, 'expected a conversation key'),
  events: v.pipe(v.array(ChatEventSchema), v.minLength(1)),
  accepted: v.exactOptional(v.object({ task_id: IdSchema, input: SendInputSchema })),
})

function isKey(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    const parts: unknown = JSON.parse(value)
    return Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string')
  } catch {
    return false
  }
}

const newline = 0x0a
/** What every line begins with. */
const head = '{"key":'

/** Another process writes to the file, so what stands there is not what this one holds. */
class LogInUseError extends Error {
  override readonly name = 'LogInUseError'
}

/**
 * A log in a file, one step a line. A step is written before `append` returns, so it outlives the process, SIGKILL
 * included. (It is not synced to the disk: what must outlive a power failure belongs in a database.) The file is one
 * process's alone; all of it is held in memory too.
 */
export class FileLog implements ConversationLog {
  /** Bytes of a last line that a crash tore off, cut away when the file was opened. */
  readonly tornBytes: number
  readonly #file: number
  readonly #memory: MemoryLog
  #size: number

  /** @throws Error naming the line that is not valid; the file is left as it is then. */
  constructor(path: string, { epoch = nanoid() }: { epoch?: string } = {}) {
    this.#memory = new MemoryLog({ epoch })
    this.#file = openSync(path, 'a+')
    try {
      const bytes = readFileSync(this.#file)
      this.#size = bytes.lastIndexOf(newline) + 1
      this.#load(bytes.subarray(0, this.#size), path)
      this.tornBytes = bytes.length - this.#size
      // What begins otherwise was not torn off a log: the file is someone's, and not to be cut.
      const torn = bytes.toString('utf8', this.#size, this.#size + head.length)
      if (!head.startsWith(torn)) throw new Error(`unable to read the log; ${path} ends with what is no step`)
      if (this.tornBytes > 0) ftruncateSync(this.#file, this.#size)
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
  }

  keys() {
    return this.#memory.keys()
  }

  read(key: ConversationKey): StoredConversation {
    return this.#memory.read(key)
  }

  /** @throws LogInUseError where another process has written to the file; RangeError where `ConversationLog` says so. */
  append(key: ConversationKey, step: LogStep) {
    this.#memory.assertAppendable(key, step)
    const line = JSON.stringify({ key, ...step })
    // One line that can't be read again would take the whole file with it.
    const { issues } = v.safeParse(LineSchema, JSON.parse(line))
    if (issues) throw new RangeError(`unable to append a step; its ${badFieldOf(issues)} is not valid`)
    this.#write(Buffer.from(`${line}\n`))
    this.#memory.append(key, step)
  }

  close() {
    closeSync(this.#file)
  }

  /** All of it or nothing: a half line in the middle of the file would make the rest unreadable. */
  #write(line: Buffer) {
    if (fstatSync(this.#file).size !== this.#size)
      throw new LogInUseError('unable to append a step; another process writes to the log')
    try {
      for (let done = 0; done < line.length; ) done += writeSync(this.#file, line, done)
      this.#size += line.length
    } catch (error) {
      if (fstatSync(this.#file).size > this.#size) ftruncateSync(this.#file, this.#size)
      throw error
    }
  }

  /** Line by line: a long log is longer than the longest string. */
  #load(bytes: Buffer, path: string) {
    let number = 0
    for (let from = 0, to = 0; from < bytes.length; from = to + 1) {
      to = bytes.indexOf(newline, from)
      number += 1
      try {
        const { key, ...step } = v.parse(LineSchema, JSON.parse(bytes.toString('utf8', from, to)))
        this.#memory.append(key, step)
      } catch (cause) {
        throw new Error(`unable to read the log; line ${number} of ${path} is not valid`, { cause })
      }
    }
  }
}
