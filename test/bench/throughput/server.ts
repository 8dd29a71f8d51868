import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import type { SendRequest } from '../../../src/protocol/events.js'
import { type Burst, word } from './scenario.js'

const epoch = 'e1'
const timestamp = '2026-01-01T00:00:00.000Z'

/** One connection's conversations: nothing is kept of them but how long their logs are. */
class Logs {
  readonly #offsets = new Map<string, number>()

  offset(conversation_id: string): number {
    return this.#offsets.get(conversation_id) ?? 0
  }

  event(conversation_id: string, body: object): object {
    const offset = this.offset(conversation_id) + 1
    this.#offsets.set(conversation_id, offset)
    return { conversation_id, epoch, offset, timestamp, ...body }
  }
}

/** Ids of a burst's answer in one of its conversations; in the first it answers the message that asked for the burst. */
const answerOf = (task_id: string, index: number) => ({
  task_id: index === 0 ? task_id : `${task_id} ${index}`,
  message_id: `answer to ${task_id} ${index}`,
})

/** A burst's packets, made before the first of them leaves, so that the server's own work is not what limits the rate. */
function packets(logs: Logs, taskId: string, first: object, burst: Burst): string[] {
  const { deltas, perPush, conversations } = burst
  const answers = conversations.map((id, index) => ({ id, answer: answerOf(taskId, index) }))
  const made: string[] = []
  const push = (payload: unknown) => made.push(`2${JSON.stringify(['chat:event', payload])}`)
  push(first)
  for (const { id, answer } of answers) push(logs.event(id, { type: 'start', attempt: 1, ...answer }))
  let events: object[] = []
  for (let index = 0; index < deltas; ) {
    // All of one push belong to one conversation: a server coalesces by conversation.
    const { id, answer } = answers[(index / perPush) % answers.length] as (typeof answers)[number]
    for (; events.length < perPush && index < deltas; index++)
      events.push(logs.event(id, { type: 'delta', part: 0, text: word, ...answer }))
    push(perPush === 1 ? events[0] : events)
    events = []
  }
  for (const { id, answer } of answers.reverse()) push(logs.event(id, { type: 'finish', ...answer }))
  return made
}

/** As fast as the client takes them: in bunches, the next when the one before has left this process. */
async function stream(socket: Socket, all: readonly string[]): Promise<void> {
  const bunch = 200
  const { socket: wire } = socket.conn.request
  for (let index = 0; index < all.length && socket.connected; index += bunch) {
    wire.cork()
    for (const packet of all.slice(index, index + bunch)) socket.conn.send(packet)
    wire.uncork()
    if (wire.writableNeedDrain) await new Promise((resolve) => wire.once('drain', resolve))
    else await new Promise((resolve) => setImmediate(resolve))
  }
}

function serve(socket: Socket): void {
  const logs = new Logs()
  socket.on('chat:join', ({ conversation_id }, acknowledge) => {
    const offset = logs.offset(conversation_id)
    const limits = { max_message_bytes: 65_536 }
    acknowledge({ ok: true, epoch, offset, events: [], snapshot: null, limits })
  })
  socket.on('chat:send', ({ conversation_id, task_id, input }: SendRequest, acknowledge) => {
    const message = 'message' in input ? input.message : undefined
    const first = logs.event(conversation_id, { type: 'message', task_id, message })
    const offset = logs.offset(conversation_id)
    acknowledge({ ok: true, epoch, offset, duplicate: false, attempt: 1, state: 'queued' })
    const burst = message?.metadata?.burst
    if (burst) {
      void stream(socket, packets(logs, task_id, first, burst as Burst))
      return
    }
    const answer = { task_id, message_id: `answer to ${task_id}` }
    const bodies = [
      { type: 'start', attempt: 1, ...answer },
      { type: 'delta', part: 0, text: word, ...answer },
      { type: 'finish', ...answer },
    ]
    socket.emit('chat:event', [first, ...bodies.map((body) => logs.event(conversation_id, body))])
  })
  socket.on('chat:leave', (_request, acknowledge) => acknowledge({ ok: true }))
}

// Whoever started it is gone: nobody would end it.
process.on('disconnect', () => process.exit())

const http = createServer()
const server = new Server(http, { transports: ['websocket'], serveClient: false, perMessageDeflate: false })
server.on('connection', serve)
http.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
