import { AppError } from '../errors/app-error.js'
import { ConnectionLost, type Suspicion } from '../errors/connection-lost.js'
import type { Clock, TimerId } from '../shared/clock.js'

export interface RequestOptions {
  /** Milliseconds to wait for the answer, from when the request leaves. */
  readonly timeout: number
  /** Overtakes the requests that wait for a free place; a stop does. */
  readonly urgent?: boolean | undefined
  /**
   * Connections that were lost while this request was unanswered. If there are any, the request may be the cause: it leaves
   * after the others, those with fewer losses first, while nothing else is unanswered, and nothing follows at once. @default 0
   */
  readonly losses?: number | undefined
  /** Asked as the request is about to leave; if the answer is no, the request rejects with `cancelled`. @default () => true */
  readonly isWanted?: (() => boolean) | undefined
}

interface Request extends RequestOptions {
  readonly event: string
  readonly payload: unknown
  readonly losses: number
  /** Whether it has waited to be alone for long enough: what is unanswered now is left so. */
  isDue: boolean
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  timer?: TimerId
  slowTimer?: TimerId
}

// python-engineio drops more than 16 packets in one polling request without a word; urgent requests have a few places more.
const maxInFlight = 10
const maxUrgent = 15

// Milliseconds after which an unanswered request gives its place up, if its packet has left this machine.
const slowAfter = 1000

// Milliseconds after which a request that was there at one loss no longer waits to be alone: something else may be unanswered
// for ever. With each loss the wait doubles, up to one that is longer than most servers need for an answer.
const aloneWait = 2000
const maxAloneWait = 16_000

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
  /** The requests that have left, in that order, each with the time when it did. */
  readonly #inFlight = new Map<Request, number>()
  /** The requests in flight that occupy a place. */
  readonly #placed = new Set<Request>()
  #waiting: Request[] = []
  #hasAnswered = false

  constructor(options: InFlightRequestsOptions) {
    this.#options = options
  }

  /** Rejects with a `timeout` after its time limit, with {@link ConnectionLost} when the connection goes. */
  request(event: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    const { losses = 0 } = options
    return new Promise((resolve, reject) => {
      const request: Request = { ...options, event, payload, losses, isDue: false, resolve, reject }
      if (request.urgent) this.#waiting.unshift(request)
      else this.#waiting.push(request)
      if (isAlone(request)) this.#waitToBeAlone(request)
      else this.#fill()
    })
  }

  /** Whether something is unanswered that left at this time or before. */
  awaitsSince(time: number): boolean {
    const [oldest = Infinity] = this.#inFlight.values()
    return oldest <= time
  }

  /** The connection is gone, and no answer will come. `areSuspect`: a request may be why. */
  rejectAll({ areSuspect }: { readonly areSuspect: boolean }): void {
    const sent = [...this.#inFlight.keys()]
    const last = sent.at(-1)
    // Alone, or the last after the longest wait to be alone. A server that has answered nothing yet may drop any connection.
    const isOnly = sent.length === 1 || (last?.isDue && aloneWaitOf(last) === maxAloneWait)
    const culprit = isOnly && this.#hasAnswered ? last : undefined
    const waiting = this.#waiting
    this.#inFlight.clear()
    this.#placed.clear()
    this.#waiting = []
    this.#hasAnswered = false
    const reject = (request: Request, suspicion: Suspicion) => {
      this.#clearTimers(request)
      request.reject(new ConnectionLost(suspicion))
    }
    const suspicion = areSuspect ? 'possible' : 'none'
    for (const request of sent) reject(request, areSuspect && request === culprit ? 'likely' : suspicion)
    for (const request of waiting) reject(request, 'none')
  }

  #fill(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#send(next)
    }
  }

  /** The waiting request that may leave now. */
  #next(): Request | undefined {
    const next = this.#waiting.find((request) => request.isDue || !isAlone(request))
    if (!next) {
      // Of two suspects, the one that was there at fewer losses: the other one may end the connection each time.
      const [leastSuspect] = this.#waiting.toSorted((a, b) => a.losses - b.losses)
      return this.#inFlight.size === 0 ? leastSuspect : undefined
    }
    if (next.urgent) return this.#placed.size < maxUrgent ? next : undefined
    const isFull = this.#placed.size >= maxInFlight
    return isFull || [...this.#placed].some(isAlone) ? undefined : next
  }

  #waitToBeAlone(request: Request): void {
    request.slowTimer = this.#options.clock.setTimeout(() => {
      request.isDue = true
      this.#fill()
    }, aloneWaitOf(request))
    // Requests that are made in the same instant, such as the other joins after a reconnect, go first.
    queueMicrotask(() => this.#fill())
  }

  #send(request: Request): void {
    const { clock, emit } = this.#options
    clock.clearTimeout(request.slowTimer)
    if (request.isWanted?.() === false) {
      request.reject(noLongerWanted())
      return
    }
    this.#inFlight.set(request, clock.now())
    this.#placed.add(request)
    request.timer = clock.setTimeout(
      () => this.#end(request, () => request.reject(acknowledgementTimeout())),
      request.timeout,
    )
    this.#giveUpPlaceLater(request)
    try {
      emit(request.event, request.payload, (answer) => {
        this.#hasAnswered = true
        this.#end(request, () => request.resolve(answer))
      })
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

/** Whether it waits for a moment at which nothing else is unanswered. */
const isAlone = ({ losses }: Request): boolean => losses > 0

const aloneWaitOf = ({ losses }: Request): number => Math.min(maxAloneWait, aloneWait * 2 ** (losses - 1))

const noLongerWanted = () =>
  new AppError({ code: 'cancelled', message: 'unable to get an answer; it is not wanted' })

const acknowledgementTimeout = () =>
  new AppError({
    code: 'timeout',
    message: 'unable to get an answer in time',
  })
