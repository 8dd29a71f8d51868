import { EventEmitter } from 'eventemitter3'
import { checkFunction } from './check-option.js'
import { guarded } from './listeners.js'

/** Events of one documented map over eventemitter3, in which a listener that throws doesn't silence the others. */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter()

  /** @returns the undo. @throws TypeError if `listener` is no function. */
  on<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => void): () => void {
    checkFunction('listener', listener)
    const tell = guarded(listener)
    let isOn = true
    // The emitter goes through the listeners as they were, also if one of them takes another one off.
    const told = (payload: Events[Name]) => isOn && tell(payload)
    this.#emitter.on(event, told)
    return () => {
      isOn = false
      this.#emitter.off(event, told)
    }
  }

  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    this.#emitter.emit(event, payload)
  }
}
