import { Manager } from 'socket.io-client'
import type { Clock } from '../../src/shared/clock.js'
import type { RestartingServer } from './restarting-server.js'

/** What the declarations of the Manager keep private. */
export interface ManagerInternals {
  readonly backoff: { duration(): number }
  cleanup(): void
  onclose(reason: string): void
}

export const internalsOf = (manager: Manager) => manager as unknown as ManagerInternals

/**
 * socket.io-client's own Manager with its defaults: its backoff, and its code that decides when to try again. Only the
 * handshake, which would need a network, and the timers are replaced.
 */
class HerdManager extends Manager {
  readonly #server: RestartingServer

  constructor(server: RestartingServer, clock: Clock) {
    super('http://server.test', { autoConnect: false })
    this.#server = server
    Object.assign(this, {
      setTimeoutFn: clock.setTimeout.bind(clock),
      clearTimeoutFn: clock.clearTimeout.bind(clock),
    })
  }

  override open(done?: (error?: Error) => void): this {
    const internals = internalsOf(this)
    const answered = (error?: Error) => {
      internals.cleanup()
      done?.(error)
    }
    Object.assign(this, { skipReconnect: false })
    this.#server.knock({
      accepted: () => answered(),
      refused: () => answered(new Error('xhr poll error')),
      lost: () => internals.onclose('transport close'),
      // It has no such advice to follow.
      closing: () => {},
    })
    return this
  }
}

export function startSocketIoClient(server: RestartingServer, clock: Clock): void {
  new HerdManager(server, clock).open()
}
