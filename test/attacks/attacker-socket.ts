import { io, type Socket } from 'socket.io-client'

/** What an attack is given. */
export interface Attacker {
  readonly url: string
  /** Whom it signs in as; another user for each attack. */
  readonly user: string
  isOver(): boolean
  /** Called once all is prepared: from now on it attacks. */
  begin(): void
}

/** Lets what has come be read. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Signed in, over a WebSocket. @throws Error if the server refuses it. */
export async function open(url: string, token: string): Promise<Socket> {
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: { protocol: 1, token },
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', (error) => {
      socket.close()
      reject(error)
    })
  })
  return socket
}

/** The same, however often it takes; null once the attack is over. */
export async function openAgain({ url, user, isOver }: Attacker): Promise<Socket | null> {
  while (!isOver()) {
    try {
      return await open(url, user)
    } catch {
      await pause(20)
    }
  }
  return null
}

/** Goes on over one connection, and over the next if the server has cut it, until the attack is over. */
export async function persist(attacker: Attacker, step: (socket: Socket) => unknown): Promise<number> {
  let steps = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    while (socket?.connected && !attacker.isOver()) {
      // Some in a turn, so that this process is not what limits the rate; no more than the socket takes.
      for (let n = 0; n < 50 && socket.connected; n++) {
        await step(socket)
        steps += 1
      }
      await drained(socket)
    }
    socket?.close()
  }
  return steps
}

interface Tcp {
  readonly writableNeedDrain: boolean
  pause(): void
  resume(): void
  once(event: 'drain' | 'close', listener: () => void): void
}

export const tcpOf = (socket: Socket): Tcp | undefined =>
  (socket.io.engine as unknown as { transport: { ws?: { _socket?: Tcp } } } | undefined)?.transport.ws
    ?._socket

async function drained(socket: Socket): Promise<void> {
  await turn()
  const tcp = tcpOf(socket)
  if (!tcp?.writableNeedDrain) return
  await Promise.race([
    new Promise<void>((resolve) => tcp.once('drain', resolve)),
    new Promise<void>((resolve) => tcp.once('close', resolve)),
    pause(200),
  ])
}

let made = 0

export const nextId = (what: string) => `${what}-${process.pid}-${made++}`

export const message = (text: string, more: object = {}) => ({
  kind: 'message',
  message: {
    id: nextId('m'),
    role: 'user',
    parts: [{ type: 'text', text }],
    created_at: '2026-01-01T00:00:00.000Z',
    ...more,
  },
})

export const sending = (conversation_id: string, text: string, more?: object) => ({
  conversation_id,
  task_id: nextId('t'),
  input: message(text, more),
})

export interface Answer {
  readonly ok: boolean
  readonly [field: string]: unknown
}

/** The server's answer; null if it gives none, because it has cut the connection. */
export const ask = (socket: Socket, event: string, payload: unknown): Promise<Answer | null> =>
  socket
    .timeout(5000)
    .emitWithAck(event, payload)
    .catch(() => null)
