import { nanoid } from 'nanoid'
import type { ChatEvent, Position, SendInput } from '../../src/protocol/events.js'
import type { ConversationKey } from './conversation-key.js'

/** What is stored together: after a crash all of it is there, or nothing. */
export interface LogStep {
  readonly events: readonly ChatEvent[]
  /** The input that the step accepts, whole: a repeat is compared with it, a retry runs from it. */
  readonly accepted?: { readonly task_id: string; readonly input: SendInput }
}

export interface StoredConversation {
  readonly epoch: string
  readonly steps: readonly LogStep[]
}

type MaybePromise<T> = T | Promise<T>

/**
 * Where conversations live: in memory, in a file, or, behind the same three methods, in Redis or SQL. Each may answer at
 * once or with a promise, because a database can't answer at once; the handler awaits either, and gives one
 * conversation's steps to the log one after the other.
 */
export interface ConversationLog {
  /** Every conversation that has a step. */
  keys(): MaybePromise<Iterable<ConversationKey>>
  /** Creates nothing. A conversation that does not exist has no steps, and the epoch that its first step would begin. */
  read(key: ConversationKey): MaybePromise<StoredConversation>
  /**
   * Once this has returned (or its promise resolved) the step survives a crash. The step's first offset must follow the
   * last one stored, in the same epoch: where several nodes share a database, that condition keeps an offset from being
   * used twice.
   *
   * @throws where it does not follow or is no JSON; nothing is stored then.
   */
  append(key: ConversationKey, step: LogStep): MaybePromise<void>
}

/** The place after the last event. */
export function endOf({ epoch, steps }: StoredConversation): Position {
  return { epoch, offset: steps.at(-1)?.events.at(-1)?.offset ?? 0 }
}

/** @throws RangeError where the step leaves a hole, uses an offset again or is of another epoch. */
export function assertFollows(end: Position, step: LogStep, exists: boolean): void {
  if (step.events.length === 0) throw new RangeError('unable to append a step; it has no events')
  // A conversation that is read from a file has begun in an earlier process, with that one's epoch.
  const epoch = exists ? end.epoch : step.events[0]?.epoch
  let { offset } = end
  for (const event of step.events) {
    offset += 1
    if (event.offset !== offset || event.epoch !== epoch) {
      throw new RangeError(
        `unable to append a step; its event ${event.offset} should be ${offset} of the log's epoch`,
      )
    }
  }
}

export interface MemoryLogOptions {
  /** What all conversations that begin in this log have as their epoch. @default a random one */
  readonly epoch?: string
}

/** Forgets everything when the process ends: clients see another epoch then. */
export class MemoryLog implements ConversationLog {
  readonly #epoch: string
  readonly #conversations = new Map<ConversationKey, { epoch: string; steps: LogStep[] }>()

  constructor({ epoch = nanoid() }: MemoryLogOptions = {}) {
    this.#epoch = epoch
  }

  keys() {
    return this.#conversations.keys()
  }

  read(key: ConversationKey): StoredConversation {
    return this.#conversations.get(key) ?? { epoch: this.#epoch, steps: [] }
  }

  /** @throws RangeError where `append` would. */
  assertAppendable(key: ConversationKey, step: LogStep) {
    assertFollows(endOf(this.read(key)), step, this.#conversations.has(key))
  }

  append(key: ConversationKey, step: LogStep) {
    this.assertAppendable(key, step)
    // Throws for what is no JSON, such as a BigInt: no page could be told of it, and no join answered any more.
    JSON.stringify(step)
    const stored = this.#conversations.get(key)
    if (stored) stored.steps.push(step)
    else this.#conversations.set(key, { epoch: step.events[0]?.epoch ?? this.#epoch, steps: [step] })
  }
}
