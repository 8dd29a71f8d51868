import { Server, type ServerOptions } from 'socket.io'
import { afterEach } from 'vitest'
import {
  type AnswerChunk,
  ChatServer,
  type ChatServerOptions,
  type RespondRequest,
} from '../../src/server/index.js'
import { saying, WireClient } from '../support/wire-client.js'

export interface LiveServer {
  readonly url: string
  readonly io: Server
  readonly chat: ChatServer
  connect(token?: string, options?: object): Promise<WireClient>
  /** A client that is not connected yet. */
  open(auth?: Record<string, unknown>, options?: object): WireClient
}

export const c = { conversation_id: 'c' }
export const joinAll = { ...c, after: null }
export const send = (taskId: string, text = 'hello', conversation = 'c') => ({
  conversation_id: conversation,
  task_id: taskId,
  input: saying(`m-${taskId}`, text),
})

/** Says one word and then waits until it is aborted. */
export async function* endless({ signal }: RespondRequest): AsyncGenerator<AnswerChunk> {
  yield 'word'
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

export async function* oneWord(): AsyncGenerator<AnswerChunk> {
  yield 'word'
}

/** Fails before its first word. */
export const failing = (error: unknown) =>
  async function* (): AsyncGenerator<AnswerChunk> {
    if (error !== undefined) throw error
    yield ''
  }

/** The token is the user's id. */
export const byToken = ({ token }: { token: string | undefined }) => ({ id: token ?? 'nobody' })

/** Real servers and sockets; whatever a test began is ended after it. */
export function liveServers() {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  return async function serve(
    options: Partial<ChatServerOptions> = {},
    { prepare, ...ioOptions }: Partial<ServerOptions> & { prepare?: (io: Server) => void } = {},
  ): Promise<LiveServer> {
    const io = new Server(0, ioOptions)
    prepare?.(io)
    cleanups.push(() => io.close())
    const chat = new ChatServer({ respond: oneWord, ...options })
    cleanups.push(() => chat.close({ drainMs: 0 }))
    await chat.attach(io)
    const { port } = io.httpServer.address() as { port: number }
    const url = `http://127.0.0.1:${port}`
    const open: LiveServer['open'] = (auth, clientOptions) => {
      const client = new WireClient(url, auth, clientOptions)
      cleanups.push(() => client.close())
      return client
    }
    return {
      url,
      io,
      chat,
      open,
      connect: async (token, clientOptions) => {
        const client = open({ protocol: 1, ...(token !== undefined && { token }) }, clientOptions)
        await client.connected()
        return client
      },
    }
  }
}
