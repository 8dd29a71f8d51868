import { io, type Socket } from 'socket.io-client'
import type {
  ChatEvent,
  HistoryAnswer,
  JoinAnswer,
  RefusedAnswer,
  SendAnswer,
  StopAnswer,
  WireMessage,
} from '../../src/protocol/events.js'

interface Answers {
  'chat:join': JoinAnswer
  'chat:send': SendAnswer
  'chat:retry': SendAnswer
  'chat:stop': StopAnswer
  'chat:history': HistoryAnswer
  'chat:leave': { ok: true }
  'demo:faults': { ok: true }
}

/** A client without any of the SDK: what it sees is what is on the wire. */
export class WireClient {
  readonly socket: Socket
  /** Every pushed event, in the order of arrival. */
  readonly events: ChatEvent[] = []
  /** Every payload pushed, as JSON. */
  readonly frames: string[] = []
  #waiting: { seen: (event: ChatEvent) => boolean; resolve: (event: ChatEvent) => void }[] = []

  constructor(url: string, auth: Record<string, unknown> = { protocol: 1 }, options: object = {}) {
    this.socket = io(url, {
      reconnection: false,
      forceNew: true,
      transports: ['websocket'],
      auth,
      ...options,
    })
    this.socket.on('chat:event', (payload: ChatEvent | ChatEvent[]) => {
      this.frames.push(JSON.stringify(payload))
      for (const event of Array.isArray(payload) ? payload : [payload]) this.#take(event)
    })
  }

  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', resolve)
      this.socket.once('connect_error', reject)
    })
  }

  refused(): Promise<Error & { data?: unknown }> {
    return new Promise((resolve) => this.socket.once('connect_error', resolve))
  }

  disconnected(): Promise<string> {
    return new Promise((resolve) => this.socket.once('disconnect', resolve))
  }

  /** The answer as it came, refused or not. */
  async ask<Event extends keyof Answers>(
    event: Event,
    payload: unknown,
  ): Promise<Answers[Event] | RefusedAnswer> {
    const answer = await this.socket.timeout(2000).emitWithAck(event, payload)
    this.frames.push(JSON.stringify(answer))
    return answer
  }

  /** The answer of a request that must be accepted. */
  async request<Event extends keyof Answers>(event: Event, payload: unknown): Promise<Answers[Event]> {
    const answer = await this.ask(event, payload)
    if (!answer.ok) throw new Error(`refused: ${answer.error.code}`)
    return answer
  }

  /** The first event that fits, pushed already or still to come. */
  event(seen: (event: ChatEvent) => boolean): Promise<ChatEvent> {
    const past = this.events.find(seen)
    return past ? Promise.resolve(past) : new Promise((resolve) => this.#waiting.push({ seen, resolve }))
  }

  close() {
    this.socket.close()
  }

  #take(event: ChatEvent) {
    this.events.push(event)
    this.#waiting = this.#waiting.filter(({ seen, resolve }) => {
      if (!seen(event)) return true
      resolve(event)
      return false
    })
  }
}

export function userMessage(id: string, text: string): WireMessage {
  return { id, role: 'user', parts: [{ type: 'text', text }], created_at: '2026-01-01T00:00:00.000Z' }
}

export const saying = (id: string, text: string) => ({
  kind: 'message' as const,
  message: userMessage(id, text),
})

export const textOf = (events: readonly ChatEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')
