import type { Clock, TimerId } from '../../src/shared/clock.js'

/** A machine, or one page of it: its clock may be wrong, and while it sleeps nothing runs on it. */
export class Machine {
  /** Milliseconds by which its clock is ahead of the world's. */
  skew = 0
  readonly #clock: Clock
  readonly #host: Machine | undefined
  #sleeping = false
  #late: (() => void)[] = []

  /** @param host the machine that this is a page of: what holds for it holds for the page. */
  constructor(clock: Clock, host?: Machine) {
    this.#clock = clock
    this.#host = host
  }

  now(): number {
    return this.#host?.now() ?? this.#clock.now() + this.skew
  }

  get isAsleep(): boolean {
    return this.#sleeping || this.#host?.isAsleep === true
  }

  isPartOf(machine: Machine): boolean {
    return this === machine || this.#host?.isPartOf(machine) === true
  }

  /** Runs `action` now, or when it wakes. */
  whenAwake(action: () => void): void {
    if (this.#sleeping) this.#late.push(action)
    else if (this.#host?.isAsleep) this.#host.whenAwake(() => this.whenAwake(action))
    else action()
  }

  sleep(): void {
    this.#sleeping = true
  }

  wake(): void {
    if (!this.#sleeping) return
    this.#sleeping = false
    const late = this.#late
    this.#late = []
    // One after the other, as an event loop does, with what each of them sets off in between.
    for (const action of late) this.#clock.setTimeout(action, 0)
  }
}

/** Time as one process sees it. When the process is killed nothing of it runs any more. */
export class ProcessClock implements Clock {
  readonly #clock: Clock
  readonly #machine: Machine
  readonly #waiting = new Map<TimerId, () => void>()
  #isDead = false

  constructor(clock: Clock, machine: Machine) {
    this.#clock = clock
    this.#machine = machine
  }

  /** Timers that were set and have neither run nor been cleared. */
  get pending(): number {
    return this.#waiting.size
  }

  get isDead(): boolean {
    return this.#isDead
  }

  now(): number {
    return this.#machine.now()
  }

  setTimeout(callback: () => void, delay: number): TimerId {
    const id = this.#clock.setTimeout(() => this.#machine.whenAwake(() => this.#run(id)), delay)
    if (!this.#isDead) this.#waiting.set(id, callback)
    return id
  }

  clearTimeout(id: TimerId): void {
    if (this.#waiting.delete(id)) this.#clock.clearTimeout(id)
  }

  kill(): void {
    this.#isDead = true
    for (const id of this.#waiting.keys()) this.#clock.clearTimeout(id)
    this.#waiting.clear()
  }

  #run(id: TimerId): void {
    const callback = this.#waiting.get(id)
    this.#waiting.delete(id)
    callback?.()
  }
}
