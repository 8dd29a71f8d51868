import type { Clock } from '../../src/shared/clock.js'
import type { AnswerChunk, Responder, RespondRequest } from './responder.js'

export interface ReadAnswerOptions {
  readonly responder: Responder
  readonly request: Omit<RespondRequest, 'signal'>
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
 * A responder's chunks, until its end, an abort or a silence. A responder that ignores its signal, or hangs, holds up
 * nobody: its iterator is left where it stands.
 */
export async function* readAnswer(options: ReadAnswerOptions): AsyncGenerator<AnswerChunk, void, void> {
  const { responder, request, signal, silenceMs, clock } = options
  const attempt = new AbortController()
  const chunks = responder
    .respond({ ...request, signal: AbortSignal.any([signal, attempt.signal]) })
    [Symbol.asyncIterator]()
  try {
    for (;;) {
      const result = await nextChunk(chunks.next(), signal, silenceMs, clock)
      if (result.done) return
      yield result.value
    }
  } finally {
    attempt.abort()
    chunks.return?.().catch(() => {})
  }
}

function nextChunk<T>(next: Promise<T>, signal: AbortSignal, silenceMs: number, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void) => {
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      act()
    }
    const abort = () => settle(() => reject(signal.reason))
    const tooLong = () =>
      settle(() => reject(new ResponderTimeoutError(`unable to go on; silent for ${silenceMs} ms`)))
    const timer = clock.setTimeout(tooLong, silenceMs)
    next.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
}
