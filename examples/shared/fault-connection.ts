import { io, type Socket } from 'socket.io-client'
import type { FaultRequest } from './faults.js'

/** Milliseconds for the acknowledgement, and for the connection if there is none yet: as long as the SDK waits for one. */
const patience = 10_000

/**
 * A connection of the page's own for the fault buttons, beside the SDK's: a fault that silences the conversation does
 * not silence the button that ends it.
 */
export class FaultConnection {
  readonly #url: string
  readonly #token: string | undefined
  #socket: Socket | undefined

  constructor(url: string, token: string | undefined) {
    this.#url = url
    this.#token = token
  }

  /** Whether the server took the fault. A restart is taken when the server dies of it. */
  async send(fault: FaultRequest): Promise<boolean> {
    this.#socket ??= io(this.#url, {
      forceNew: true,
      auth: { protocol: 1, ...(this.#token === undefined ? {} : { token: this.#token }) },
    })
    const socket = this.#socket
    try {
      if (fault.kind === 'restart') return await restartSeen(socket, fault)
      const answer: unknown = await socket.timeout(patience).emitWithAck('demo:faults', fault)
      return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true
    } catch {
      return false
    }
  }

  close() {
    this.#socket?.close()
  }
}

/** The server may die before its acknowledgement leaves. */
const restartSeen = (socket: Socket, fault: FaultRequest) =>
  new Promise<boolean>((resolve) => {
    const onDisconnect = () => resolve(true)
    socket.once('disconnect', onDisconnect)
    socket.timeout(patience).emit('demo:faults', fault, (error: Error | null, answer?: { ok?: unknown }) => {
      socket.off('disconnect', onDisconnect)
      resolve(error === null && answer?.ok === true)
    })
  })
