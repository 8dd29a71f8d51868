import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { Clock, TimerId } from '../shared/clock.js'

interface Request {
  readonly event: string
  readonly payload: unknown
  readonly timeout: number
  readonly isUrgent: boolean
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  timer?: TimerId
  slowTimer?: TimerId
}

export interface RequestOptions {
  /** Milliseconds to wait for the answer, from when the request leaves. */
  readonly timeout: number
  /** Overtakes the requests that wait for a free place; a stop does. */
  readonly urgent?: boolean
}

// python-engineio drops more than 16 packets in one polling request without a word; urgent requests have a few places more.
const maxInFlight = 10
const maxUrgent = 15

// Milliseconds after which an unanswered request gives its place up, if its packet has left this machine.
const slowAfter = 1000

export type Emit = (event: string, payload: unknown, acknowledge: (answer: unknown) => void) => void

export interface InFlightRequestsOptions {
  readonly emit: Emit
  /** Packets that have not left this machine yet. */
  readonly buffered: () => number
  readonly clock: Clock
}

/**
 * The requests of one connection. At most ten are on their way at a time. A request that the server leaves unanswered for
 * a second gives its place to the next one, so that ten hung requests block no other conversation.
 */
export class InFlightRequests {
  readonly #options: InFlightRequestsOptions
  /** Those that have left, and when they did. */
  readonly #inFlight = new Map<Request, number>()
  /** Those of them that occupy a place. */
  readonly #placed = new Set<Request>()
  #waiting: Request[] = []

  constructor(options: InFlightRequestsOptions) {
    this.#options = options
  }

  /** Rejects with a `timeout` after its time limit, with {@link ConnectionLost} when the connection goes. */
  request(event: string, payload: unknown, { timeout, urgent }: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request: Request = { event, payload, timeout, isUrgent: urgent === true, resolve, reject }
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
    this.#placed.clear()
    this.#waiting = []
    for (const request of lost) {
      this.#clearTimers(request)
      request.reject(new ConnectionLost())
    }
  }

  #fill(): void {
    for (;;) {
      const [request] = this.#waiting
      if (!request || this.#placed.size >= (request.isUrgent ? maxUrgent : maxInFlight)) return
      this.#waiting.shift()
      this.#send(request)
    }
  }

  #send(request: Request): void {
    const { clock, emit } = this.#options
    this.#inFlight.set(request, clock.now())
    this.#placed.add(request)
    request.timer = clock.setTimeout(
      () => this.#end(request, () => request.reject(acknowledgementTimeout())),
      request.timeout,
    )
    this.#giveUpPlaceLater(request)
    try {
      emit(request.event, request.payload, (answer) => this.#end(request, () => request.resolve(answer)))
    } catch (error) {
      this.#end(request, () => request.reject(error))
    }
  }

  #giveUpPlaceLater(request: Request): void {
    const { clock, buffered } = this.#options
    request.slowTimer = clock.setTimeout(() => {
      if (buffered() > 0) return this.#giveUpPlaceLater(request)
      this.#placed.delete(request)
      this.#fill()
    }, slowAfter)
  }

  #end(request: Request, settle: () => void): void {
    if (!this.#inFlight.delete(request)) return
    this.#placed.delete(request)
    this.#clearTimers(request)
    settle()
    this.#fill()
  }

  #clearTimers({ timer, slowTimer }: Request): void {
    this.#options.clock.clearTimeout(timer)
    this.#options.clock.clearTimeout(slowTimer)
  }
}

const acknowledgementTimeout = () =>
  new AppError({
    code: 'timeout',
    message: 'unable to get an answer; the server did not acknowledge in time',
  })
