import type { Socket } from 'socket.io'
import type { ChatEvent } from '../../protocol/events.js'

export interface InterceptedRequest {
  readonly socket: Socket
  readonly userId: string
  readonly event: string
  readonly payload: unknown
}

export interface InterceptedPush {
  readonly scope: string
  readonly conversationId: string
  readonly events: readonly ChatEvent[]
  /** This node's connections that have the conversation open. */
  readonly sockets: readonly Socket[]
}

/** Stands between connections and the server, to test how clients take it if something goes wrong in between. */
export interface Interceptor {
  /**
   * Around each request. A throw is a refusal, as the server's own; undefined gives no answer at all.
   *
   * @param next the server's answer.
   */
  request?(request: InterceptedRequest, next: () => Promise<object>): Promise<object | undefined>
  /**
   * The events of a push that leave; without an event there is no push. They leave once this turn of the event loop is over,
   * with the turn's other events.
   */
  push?(push: InterceptedPush): readonly ChatEvent[]
}
