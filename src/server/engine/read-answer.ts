import { AppError } from '../../errors/app-error.js'
import type { Clock, TimerId } from '../../shared/clock.js'
import type { AnswerChunk } from '../answer-chunk.js'

export interface ReadAnswerOptions {
  readonly begin: (signal: AbortSignal) => AsyncIterable<AnswerChunk>
  /** Ends the reading with its reason. */
  readonly signal: AbortSignal
  /** Milliseconds without a chunk after which the try has failed. */
  readonly silenceMs: number
  readonly clock: Clock
}

/** The responder said nothing for too long. */
export class ResponderTimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * A responder's chunks, until its end, an abort or a silence. A responder that ignores its signal, or hangs, holds up no other
 * answer: its iterator is left where it stands.
 */
export async function readAnswer(
  { begin, signal, silenceMs, clock }: ReadAnswerOptions,
  take: (chunk: AnswerChunk) => Promise<void> | undefined,
): Promise<void> {
  const attempt = new AbortController()
  const answer = begin(AbortSignal.any([signal, attempt.signal]))
  const chunks = iteratorOf(answer)
  const watch = new SilenceWatch(signal, silenceMs, clock)
  try {
    // By callbacks, because a promise around each chunk's own would cost about as much as the rest of the reading.
    await new Promise<void>((resolve, reject) => {
      const next = () => {
        try {
          if (watch.listen(reject)) Promise.resolve(chunks.next()).then(heard, reject)
        } catch (error) {
          reject(error)
        }
      }
      const heard = (result: IteratorResult<AnswerChunk>) => {
        if (!watch.heard()) return
        try {
          if (result.done) return resolve()
          const wait = take(result.value)
          if (wait) wait.then(next, reject)
          else next()
        } catch (error) {
          reject(error)
        }
      }
      next()
    })
  } finally {
    watch.end()
    attempt.abort()
    // Called within a function, because it may throw as well as reject.
    ;(async () => chunks.return?.())().catch(() => {})
  }
}

/** @throws AppError `internal`: the app's mistake, which a further try would repeat. */
function iteratorOf(answer: AsyncIterable<AnswerChunk>): AsyncIterator<AnswerChunk> {
  if (typeof answer?.[Symbol.asyncIterator] === 'function') return answer[Symbol.asyncIterator]()
  const message =
    'unable to use what respond returned; expected an async iterable, as `async *respond()` returns'
  throw new AppError({ code: 'internal', message })
}

/** One timer for all of an answer's chunks: setting one for each would cost more than the chunk. */
class SilenceWatch {
  readonly #signal: AbortSignal
  readonly #silenceMs: number
  readonly #clock: Clock
  #askedAt = 0
  /** The same as `signal.aborted`, of which each reading costs a check of its own. */
  #isAborted: boolean
  #timer: TimerId | null = null
  #reject: (error: unknown) => void = () => {}
  /** A chunk is waited for, not the store. */
  #isListening = false

  constructor(signal: AbortSignal, silenceMs: number, clock: Clock) {
    this.#signal = signal
    this.#silenceMs = silenceMs
    this.#clock = clock
    this.#isAborted = signal.aborted
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  /** A chunk is waited for from now on. False if the reading is over: `reject` was called. */
  listen(reject: (error: unknown) => void): boolean {
    this.#reject = reject
    if (this.#isAborted) {
      this.#abort()
      return false
    }
    this.#isListening = true
    this.#askedAt = this.#clock.now()
    if (this.#timer === null) this.#watch(this.#silenceMs)
    return true
  }

  /** A chunk came. False if it is too late. */
  heard(): boolean {
    const isInTime = this.#isListening
    this.#isListening = false
    return isInTime
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Ends the reading also while the store is waited for, which may never answer. */
  readonly #abort = () => {
    this.#isAborted = true
    this.#isListening = false
    this.#reject(this.#signal.reason)
  }

  #watch(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    this.#timer = this.#clock.setTimeout(() => {
      const now = this.#clock.now()
      // The clock was set back: the silence is counted anew, or it would last as long as that.
      if (now < this.#askedAt) this.#askedAt = now
      const rest = this.#askedAt + this.#silenceMs - now
      if (rest > 0) return this.#watch(rest)
      this.#timer = null
      if (!this.#isListening) return
      this.#isListening = false
      this.#reject(new ResponderTimeoutError(`unable to go on; silent for ${this.#silenceMs} ms`))
    }, ms)
  }
}
