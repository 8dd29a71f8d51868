import { nanoid } from 'nanoid'
import { decodeEvent } from '../protocol/decode.js'
import type { Position } from '../protocol/events.js'
import type { CodecContext } from './codec.js'

/** The logs that a server without protocol v1 does not keep: one a conversation, which lives as long as the client. */
export class PlainLog {
  readonly #context: Pick<CodecContext, 'clock' | 'deliver'>
  readonly #epoch = nanoid()
  readonly #offsets = new Map<string, number>()
  readonly #gathering = new Map<string, unknown[]>()

  constructor(context: Pick<CodecContext, 'clock' | 'deliver'>) {
    this.#context = context
  }

  end(conversationId: string): Position {
    return { epoch: this.#epoch, offset: this.#offsets.get(conversationId) ?? 0 }
  }

  /** Adds to the conversation's log, and shows it: through the same door as what comes from a server. */
  append(
    { conversation_id, task_id }: { readonly conversation_id: string; readonly task_id?: string },
    body: Readonly<Record<string, unknown>>,
  ): void {
    const { epoch, offset: before } = this.end(conversation_id)
    const offset = before + 1
    this.#offsets.set(conversation_id, offset)
    const timestamp = new Date(this.#context.clock.now()).toISOString()
    const event = {
      ...body,
      conversation_id,
      ...(task_id !== undefined && { task_id }),
      epoch,
      offset,
      timestamp,
    }
    this.#gathering.get(conversation_id)?.push(event)
    this.#context.deliver(conversation_id, [decodeEvent(event)])
  }

  /** Hands `work` the events that are added to the conversation's log while the work goes on. */
  async gather<T>(conversationId: string, work: (events: readonly unknown[]) => Promise<T>): Promise<T> {
    const events: unknown[] = []
    this.#gathering.set(conversationId, events)
    try {
      return await work(events)
    } finally {
      if (this.#gathering.get(conversationId) === events) this.#gathering.delete(conversationId)
    }
  }
}
