import { WebSocket as BrowserTransport } from 'engine.io-client'
import { decodePacket, type Packet as EnginePacket, encodePacket } from 'engine.io-parser'
import { ws } from 'msw'
import { setupServer } from 'msw/node'
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser'
import { afterAll, afterEach, beforeAll } from 'vitest'

export interface ScriptedRequest {
  readonly event: string
  readonly payload: Record<string, unknown>
  readonly acknowledge: (answer: unknown) => void
}

/** One client's connection, as the server sees it. Nothing is sent that the script does not send. */
export interface ScriptedConnection {
  /** Answers the transport's opening. */
  open(): void
  /** Accepts the handshake. */
  accept(): void
  /** Refuses it; `data` reaches the client as the error's. */
  refuse(refusal: { readonly message: string; readonly data?: unknown }): void
  push(event: string, payload: unknown): void
  /** Sends a WebSocket frame as it is. */
  sendFrame(frame: string | Uint8Array<ArrayBuffer>): void
  /** Breaks the connection; what was sent in the same turn does not arrive any more. */
  close(): void
}

/** What the server does about whatever happens; what is left out is done as a good server would, or not at all. */
export interface Script {
  /** A transport was opened. @default opens it */
  opened(connection: ScriptedConnection): void
  /** A handshake came. @default accepts it */
  connecting(connection: ScriptedConnection, auth: unknown): void
  /** A request came. @default no acknowledgement */
  asked(request: ScriptedRequest, connection: ScriptedConnection): void
}

const standard: Script = {
  opened: (connection) => connection.open(),
  connecting: (connection) => connection.accept(),
  asked: () => {},
}

// Node 20 has no WebSocket of its own. What is intercepted is never connected, so a name in its place is enough.
class NoWebSocket extends EventTarget {}

// socket.io-client's own browser transport takes the global when it is imported, which may be before the interception.
class InterceptedTransport extends BrowserTransport {
  override createSocket(uri: string, protocols: string | string[] | undefined) {
    return new WebSocket(uri, protocols ?? [])
  }
}

/** A Socket.IO server without a network, whose every word a test chooses. */
export function mswChatServer({ pingInterval = 25_000, pingTimeout = 20_000 } = {}) {
  const host = 'chat.test'
  let script = standard
  const requests: ScriptedRequest[] = []
  const listeners = new Set<() => void>()
  // msw takes the path `/socket.io/` off before it compares.
  const link = ws.link(`ws://${host}/`)
  const server = setupServer(
    link.addEventListener('connection', ({ client }) => {
      const decoder = new Decoder()
      const connection = connectionOver((frame) => client.send(frame), {
        close: () => client.close(),
        settings: { sid: 'engine', upgrades: [], pingInterval, pingTimeout, maxPayload: 1_000_000 },
      })
      decoder.on('decoded', (packet) => take(packet, connection))
      client.addEventListener('message', ({ data }) => {
        const packet = decodePacket(data)
        if (packet.type === 'message') decoder.add(packet.data)
      })
      script.opened(connection)
    }),
  )

  function take({ type, data, id }: Packet, connection: ScriptedConnection & Sender) {
    if (type === PacketType.CONNECT) script.connecting(connection, data)
    if (type !== PacketType.EVENT) return
    const [event, payload] = data
    const acknowledge = (answer: unknown) =>
      id !== undefined && connection.send({ type: PacketType.ACK, nsp: '/', id, data: [answer] })
    const request: ScriptedRequest = { event, payload, acknowledge }
    requests.push(request)
    script.asked(request, connection)
    for (const listener of listeners) listener()
  }

  beforeAll(() => {
    if (typeof globalThis.WebSocket === 'undefined') Object.assign(globalThis, { WebSocket: NoWebSocket })
    server.listen({ onUnhandledRequest: 'error' })
  })
  afterEach(() => {
    for (const client of link.clients) client.close()
    script = standard
    requests.length = 0
  })
  afterAll(() => server.close())

  return {
    url: `http://${host}`,
    socketOptions: { transports: [InterceptedTransport] },
    /** From the next event on. */
    follow: (next: Partial<Script>) => {
      script = { ...standard, ...next }
    },
    asked: (event: string) => requests.filter((request) => request.event === event),
    /** Calls back after each request. @returns the undo. */
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

interface Sender {
  send(packet: Packet): void
}

type Frame = string | Uint8Array<ArrayBuffer>

function connectionOver(
  sendFrame: (frame: Frame) => void,
  { close, settings }: { close: () => void; settings: object },
): ScriptedConnection & Sender {
  const encoder = new Encoder()
  const sendEngine = (packet: EnginePacket) => encodePacket(packet, true, sendFrame)
  const send = (packet: Packet) => {
    for (const data of encoder.encode(packet)) sendEngine({ type: 'message', data })
  }
  return {
    send,
    sendFrame,
    close,
    open: () => sendEngine({ type: 'open', data: JSON.stringify(settings) }),
    accept: () => send({ type: PacketType.CONNECT, nsp: '/', data: { sid: 'socket' } }),
    refuse: (refusal) => send({ type: PacketType.CONNECT_ERROR, nsp: '/', data: refusal }),
    push: (event, payload) => send({ type: PacketType.EVENT, nsp: '/', data: [event, payload] }),
  }
}

/** Answers as an empty conversation's server does: joins at once, and sends as stored in a log that nobody pushes. */
export const answers: Readonly<Record<string, object>> = {
  'chat:join': {
    ok: true,
    epoch: 'e1',
    offset: 0,
    events: [],
    snapshot: null,
    limits: { max_message_bytes: 65_536 },
  },
  'chat:send': { ok: true, epoch: 'e1', offset: 1, duplicate: false, attempt: 1, state: 'queued' },
  'chat:leave': { ok: true },
}
