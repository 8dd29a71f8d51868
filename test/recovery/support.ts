import { AppError, type AppErrorOptions } from '../../src/errors/app-error.js'
import { ErrorRecoveryManager, type ErrorRecoveryOptions } from '../../src/recovery/error-recovery-manager.js'
import type { AttemptContext } from '../../src/recovery/execute-options.js'
import { VirtualClock } from '../support/virtual-clock.js'

/** A manager on a clock that stands still; every draw is the middle, so that the first two waits are 500 and 1000 ms. */
export function setup(options: ErrorRecoveryOptions = {}) {
  const clock = new VirtualClock()
  const manager = new ErrorRecoveryManager({ clock, random: () => 0.5, ...options })
  return { clock, manager, start: clock.now() }
}

export const temporary = (options: Partial<AppErrorOptions> = {}) =>
  new AppError({ message: 'unable to answer; the server is busy', category: 'temporary', ...options })

/** An operation that fails `times` times and then gives `value`, with a note of each attempt. */
export function failing<T>(times: number, value: T, error: unknown = temporary()) {
  const attempts: number[] = []
  const operation = ({ attempt }: AttemptContext) => {
    attempts.push(attempt)
    return attempts.length > times ? Promise.resolve(value) : Promise.reject(error)
  }
  return { attempts, operation }
}

/** An operation that stays open until the test settles it. */
export function held<T>() {
  const signals: AbortSignal[] = []
  const settlers: { resolve: (value: T) => void; reject: (error: unknown) => void }[] = []
  const operation = ({ signal }: AttemptContext) =>
    new Promise<T>((resolve, reject) => {
      signals.push(signal)
      settlers.push({ resolve, reject })
    })
  return { operation, signals, settlers }
}

/** Prints the figure that proves a promise. */
export const figure = (text: string) => void process.stdout.write(`${text}\n`)

export interface Outcome {
  settled: number
  value?: unknown
  error?: unknown
}

/** What becomes of a promise, to look at without waiting for it. */
export function watch(promise: Promise<unknown>): Outcome {
  const outcome: Outcome = { settled: 0 }
  promise.then(
    (value) => Object.assign(outcome, { settled: outcome.settled + 1, value }),
    (error) => Object.assign(outcome, { settled: outcome.settled + 1, error }),
  )
  return outcome
}

/** An AbortController that counts the abort listeners on its signal. */
export function countedAbort() {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: unknown,
  ) => {
    listeners.add(listener)
    add(type, listener, options as AddEventListenerOptions)
  }
  signal.removeEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
    listeners.delete(listener)
    remove(type, listener)
  }
  return { controller, signal, listeners }
}
