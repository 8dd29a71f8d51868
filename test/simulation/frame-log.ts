import type { Clock } from '../../src/shared/clock.js'
import type { Line } from './line.js'
import type { ErrorRecord, Frame } from './record.js'

export interface FrameNote {
  readonly kind: Frame['kind']
  readonly event?: string
  readonly payload?: unknown
  readonly error?: ErrorRecord | null
}

// No world needs as many; one that does is in a circle, and is ended.
const mostFrames = 5000

/** What passes the pages' doors. */
export class FrameLog {
  readonly frames: Frame[]
  readonly #clock: Clock
  readonly #began: number
  readonly #say: (text: string) => void

  constructor(frames: Frame[], clock: Clock, say: (text: string) => void) {
    this.frames = frames
    this.#clock = clock
    this.#began = clock.now()
    this.#say = say
  }

  get isFlooded(): boolean {
    return this.frames.length > mostFrames
  }

  note(line: Line, { kind, event = '', payload, error = null }: FrameNote): void {
    const { conversation_id = '', task_id = '', attempt = 0 } = (payload ?? {}) as Record<string, never>
    const { page, token, number } = line
    const at = this.#clock.now() - this.#began
    const heardAt = line.heardAt === null ? null : line.heardAt - this.#began
    const about = { conversation: conversation_id, task: task_id, attempt, token, error, heardAt }
    this.frames.push({ at, page, line: number, kind, event, ...about })
    const failed = error ? ` ${error.code} ${error.retry_after_ms ?? ''}` : ''
    this.#say(
      `  page ${page} line ${number}: ${kind} ${event} ${task_id}${attempt ? ` ${attempt}` : ''}${failed}`,
    )
  }
}

/** The error that an answer or a refused handshake carries. */
export function errorOf(answer: unknown): ErrorRecord | null {
  if (answer instanceof Error) {
    const { data = { code: 'network', retryable: true } } = answer as { data?: ErrorRecord }
    return data
  }
  const { ok, error = null } = (answer ?? {}) as { ok?: boolean; error?: ErrorRecord | null }
  return ok ? null : error
}
