import { AppError, type Interceptor } from 'reconvene/server'
import type { Socket } from 'socket.io'
import type { ChatEvent } from '../../src/protocol/events.js'
import type { FaultPlan } from './fault-plan.js'

/** Lets the planned faults happen between connections and the server. */
export function interceptWith(faults: FaultPlan, halfOpen: HalfOpenConnections): Interceptor {
  const leaving = new WeakSet<Socket>()
  return {
    async request({ socket, userId, event }, next) {
      if (faults.take(userId, 'half_open')) halfOpen.add(socket)
      if (halfOpen.has(socket) || faults.takeForEvent(userId, 'lost_request', event)) return undefined
      refuseAsPlanned(faults, userId, event)
      const answer = await next()
      return faults.takeForEvent(userId, 'lost_ack', event) ? undefined : answer
    },
    push({ scope: user, events, sockets }) {
      if (faults.take(user, 'half_open')) for (const socket of sockets) halfOpen.add(socket)
      if (sockets.every((socket) => leaving.has(socket))) return []
      const planned = planPush(faults, user, events)
      if (!planned.disconnects) return planned.events
      for (const socket of sockets) leaving.add(socket)
      // The transport goes, as when a network does; `disconnect()` would tell the client that it was sent away. Not before
      // the events have left.
      setImmediate(() => {
        for (const { conn } of sockets) conn.close()
      })
      return planned.events
    },
  }
}

/** @throws AppError if a fault is planned that refuses this request. */
export function refuseAsPlanned(faults: FaultPlan, user: string, event: string) {
  if (faults.take(user, 'auth_expired')) {
    throw new AppError({ code: 'token_expired', message: 'unable to go on; the token has expired' })
  }
  if (event !== 'chat:send' && event !== 'chat:retry') return
  if (faults.take(user, 'validation'))
    throw new AppError({
      code: 'invalid_message',
      message: 'unable to accept the request; so it was planned',
    })
  const limited = faults.take(user, 'rate_limit')
  if (limited) {
    const retryAfterMs = limited.retry_after_ms ?? 1000
    throw new AppError({ code: 'rate_limited', message: 'unable to go on; too many requests', retryAfterMs })
  }
}

export interface PlannedPush {
  readonly events: readonly ChatEvent[]
  /** Whether the connection breaks after them. */
  readonly disconnects: boolean
}

/** The rest of a push after the faults that are planned for its user. */
export function planPush(faults: FaultPlan, user: string, events: readonly ChatEvent[]): PlannedPush {
  const left: ChatEvent[] = []
  for (const event of events) {
    if (faults.take(user, 'skip_push')) continue
    left.push(event)
    if (faults.take(user, 'duplicate_push')) left.push(event)
    if (event.type === 'delta' && faults.countDelta(user)) return { events: left, disconnects: true }
  }
  return { events: left, disconnects: false }
}

/**
 * Connections whose other end went away without a word, as a laptop's lid does it: TCP stays, and neither pushes nor
 * acknowledgements nor heartbeats pass any more, in either direction.
 */
export class HalfOpenConnections {
  readonly #silent = new WeakSet<Socket>()
  readonly #release = new Set<() => void>()

  has(socket: Socket): boolean {
    return this.#silent.has(socket)
  }

  add(socket: Socket) {
    if (this.#silent.has(socket)) return
    this.#silent.add(socket)
    const { transport } = socket.conn
    const close = transport.close
    transport.send = () => {}
    // The engine gives up a client that does not answer its heartbeat, and closes; the other end must not see that.
    transport.close = () => {}
    const release = () => {
      transport.close = close
      transport.close()
    }
    this.#release.add(release)
    transport.once('close', () => this.#release.delete(release))
  }

  /** Closes them after all, so that the server can end. */
  releaseAll() {
    for (const release of this.#release) release()
    this.#release.clear()
  }
}
