import { AppError } from '../../errors/app-error.js'
import type { Clock } from '../../shared/clock.js'
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
    for (;;) {
      const result = await watch.unlessSilent(chunks.next())
      if (result.done) return
      const wait = take(result.value)
      if (wait) await wait
    }
  } finally {
    watch.end()
    attempt.abort()
    Promise.resolve(chunks.return?.()).catch(() => {})
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
  #heardAt: number
  #timer: unknown = null
  #reject: (error: unknown) => void = () => {}

  constructor(signal: AbortSignal, silenceMs: number, clock: Clock) {
    this.#signal = signal
    this.#silenceMs = silenceMs
    this.#clock = clock
    this.#heardAt = clock.now()
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  unlessSilent<T>(next: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#heardAt = this.#clock.now()
      this.#reject = reject
      next.then(resolve, reject)
      if (this.#signal.aborted) this.#abort()
      else if (this.#timer === null) this.#watch(this.#silenceMs)
    })
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#clock.clearTimeout(this.#timer)
  }

  readonly #abort = () => {
    this.end()
    this.#reject(this.#signal.reason)
  }

  #watch(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    this.#timer = this.#clock.setTimeout(() => {
      const rest = this.#heardAt + this.#silenceMs - this.#clock.now()
      if (rest > 0) return this.#watch(rest)
      this.#timer = null
      this.#reject(new ResponderTimeoutError(`unable to go on; silent for ${this.#silenceMs} ms`))
    }, ms)
  }
}
