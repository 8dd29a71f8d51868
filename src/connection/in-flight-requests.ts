import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { Clock, TimerId } from '../shared/clock.js'

interface Request {
  readonly event: string
  readonly payload: unknown
  readonly timeout: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  timer?: TimerId
}

export interface RequestOptions {
  /** Milliseconds to wait for the answer, from when the request leaves. */
  readonly timeout: number
  /** Overtakes the requests that wait for a free place; a stop does. */
  readonly urgent?: boolean
}

// python-engineio drops more than 16 packets in one polling request without a word.
const maxInFlight = 10

export type Emit = (event: string, payload: unknown, acknowledge: (answer: unknown) => void) => void

/** The requests of one connection: at most ten unanswered at a time, each with its own time limit. */
export class InFlightRequests {
  readonly #emit: Emit
  readonly #clock: Clock
  /** Those that have left, and when they did. */
  readonly #inFlight = new Map<Request, number>()
  #waiting: Request[] = []

  constructor(emit: Emit, clock: Clock) {
    this.#emit = emit
    this.#clock = clock
  }

  /** Rejects with a `timeout` after its time limit, with {@link ConnectionLost} when the connection goes. */
  request(event: string, payload: unknown, { timeout, urgent }: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request: Request = { event, payload, timeout, resolve, reject }
      if (urgent) this.#waiting.unshift(request)
      else this.#waiting.push(request)
      this.#fill()
    })
  }

  /** Whether something is unanswered that left at this time or before. */
  awaitsSince(time: number): boolean {
    for (const sentAt of this.#inFlight.values()) return sentAt <= time
    return false
  }

  /** The connection is gone: nobody will answer. */
  rejectAll(): void {
    const lost = [...this.#inFlight.keys(), ...this.#waiting]
    this.#inFlight.clear()
    this.#waiting = []
    for (const request of lost) {
      this.#clock.clearTimeout(request.timer)
      request.reject(new ConnectionLost())
    }
  }

  #fill(): void {
    while (this.#inFlight.size < maxInFlight) {
      const request = this.#waiting.shift()
      if (!request) return
      this.#inFlight.set(request, this.#clock.now())
      request.timer = this.#clock.setTimeout(
        () => this.#end(request, () => request.reject(acknowledgementTimeout())),
        request.timeout,
      )
      try {
        this.#emit(request.event, request.payload, (answer) =>
          this.#end(request, () => request.resolve(answer)),
        )
      } catch (error) {
        this.#end(request, () => request.reject(error))
      }
    }
  }

  #end(request: Request, settle: () => void): void {
    if (!this.#inFlight.delete(request)) return
    this.#clock.clearTimeout(request.timer)
    settle()
    this.#fill()
  }
}

const acknowledgementTimeout = () =>
  new AppError({
    code: 'timeout',
    message: 'unable to get an answer; the server did not acknowledge in time',
  })
