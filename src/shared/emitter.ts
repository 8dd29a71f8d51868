import { Listeners } from './listeners.js'

/** Events of one documented map, in which a listener that throws doesn't silence the others. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<string, Listeners<[payload: never]>>()

  /** @returns the undo. @throws TypeError if `listener` is no function. */
  on<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Listeners()
    const undo = listeners.add(listener)
    this.#listeners.set(event, listeners)
    return undo
  }

  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    this.#listeners.get(event)?.tell(payload as never)
  }

  clear(): void {
    for (const listeners of this.#listeners.values()) listeners.clear()
  }
}
