import { io, type Socket } from 'socket.io-client'
import { type Stream, sockets, word } from './scenario.js'

// The readers, and the person who asks, in a process of their own. It says when all have read everything.
interface Job {
  /** Of the nodes, to which the connections go in turn. */
  readonly urls: readonly string[]
  readonly isBare: boolean
  readonly stream: Stream
  /** Asks one after the other, and times each from the send to the first word. */
  readonly asks: number
  /** Joins one after the other, and pages of history, to time. */
  readonly joins: number
}

const { urls, isBare, stream, asks, joins }: Job = JSON.parse(process.argv[2] ?? '{}')
const { conversations, chunks, readers = 1 } = stream

const connect = (_: unknown, index: number) =>
  io(urls[index % urls.length], {
    forceNew: true,
    transports: ['websocket'],
    auth: isBare ? {} : { protocol: 1, token: 'reader' },
  })

interface Event {
  readonly type: string
  readonly conversation_id: string
  readonly text?: string
}

/** Calls `heard` with each text that arrives. */
function listen(socket: Socket, heard: (conversation: string, text: string) => void) {
  if (isBare)
    socket.on('chunk', (chunk: { conversation: string; text: string }) =>
      heard(chunk.conversation, chunk.text),
    )
  else
    socket.on('chat:event', (given: Event | readonly Event[]) => {
      for (const event of Array.isArray(given) ? (given as readonly Event[]) : [given as Event])
        if (event.type === 'delta') heard(event.conversation_id, event.text ?? '')
    })
}

const join = (socket: Socket, conversation: string) =>
  isBare
    ? socket.emitWithAck('join', conversation)
    : socket.emitWithAck('chat:join', { conversation_id: conversation, after: null })

let asked = 0
function send(socket: Socket, conversation: string) {
  if (isBare) return socket.emitWithAck('send', conversation)
  const id = `t${++asked}`
  const message = {
    id: `m${asked}`,
    role: 'user',
    parts: [{ type: 'text', text: 'Go' }],
    created_at: new Date().toISOString(),
  }
  return socket.emitWithAck('chat:send', {
    conversation_id: conversation,
    task_id: id,
    input: { kind: 'message', message },
  })
}

const all = Array.from({ length: Math.max(readers, Math.min(sockets, conversations)) }, connect)
await Promise.all(all.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))))

// Each conversation has its readers on neighbouring connections.
const names = Array.from({ length: conversations }, (_, n) => `c${n}`)
const readersOf = (n: number) =>
  Array.from({ length: readers }, (_, r) => all[(n + r) % all.length] as Socket)
let onText: (conversation: string, text: string) => void = () => {}
for (const socket of all) listen(socket, (conversation, text) => onText(conversation, text))
for (const [n, name] of names.entries()) for (const socket of readersOf(n)) await join(socket, name)

/** Resolves once so many characters have arrived. */
const arrived = (characters: number) =>
  new Promise<void>((resolve) => {
    let left = characters
    onText = (_conversation, text) => {
      left -= text.length
      if (left <= 0) resolve()
    }
  })

/** A chat server cuts a client that has a hundred requests unanswered. */
const unanswered = 8

/** Asks in every conversation, with a few requests of each connection unanswered. */
async function sendAll(): Promise<void> {
  const next = names.entries()
  const askOn = async () => {
    for (const [n, name] of next) await send(readersOf(n)[0] as Socket, name)
  }
  await Promise.all(Array.from({ length: Math.min(conversations, unanswered * all.length) }, askOn))
}

async function streamAll(): Promise<void> {
  const read = arrived(conversations * chunks * readers * word.length)
  await sendAll()
  await read
}

/** Sends, and waits for the whole answer. @returns milliseconds to the first word, and to the acknowledgement */
async function askIn(n: number) {
  let first = 0
  const read = arrived(chunks * word.length)
  const whole = onText
  const begin = performance.now()
  onText = (conversation, text) => {
    first = performance.now() - begin
    onText = whole
    whole(conversation, text)
  }
  await send(readersOf(n)[0] as Socket, `c${n}`)
  const accepted = performance.now() - begin
  await read
  return { first, accepted }
}

/** Asks in the first conversation; in each of the others once before that, so that the code is compiled by then. */
async function askOneByOne() {
  for (let n = 1; n < conversations; n++) await askIn(n)
  const asked: Awaited<ReturnType<typeof askIn>>[] = []
  for (let n = 0; n < asks; n++) asked.push(await askIn(0))
  return { first: asked.map(({ first }) => first), accepted: asked.map(({ accepted }) => accepted) }
}

async function timeReading() {
  const join: number[] = []
  const history: number[] = []
  const [socket] = all as [Socket]
  for (let n = 0; n < joins; n++) {
    let begin = performance.now()
    const { snapshot } = await socket.emitWithAck('chat:join', {
      conversation_id: 'c0',
      after: null,
      limit: 50,
    })
    join.push(performance.now() - begin)
    begin = performance.now()
    await socket.emitWithAck('chat:history', {
      conversation_id: 'c0',
      before: snapshot.messages[0].id,
      limit: 50,
    })
    history.push(performance.now() - begin)
  }
  return { join, history }
}

process.on('message', async (order: 'stream' | 'ask' | 'read' | 'quit') => {
  if (order === 'stream') await streamAll()
  const answer = order === 'ask' ? await askOneByOne() : order === 'read' ? await timeReading() : 'done'
  process.send?.(answer)
})
process.once('disconnect', () => process.exit(0))
process.send?.('ready')
