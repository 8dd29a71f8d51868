import { Readable } from 'node:stream'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import {
  type AnswerChunk,
  ChatServer,
  type ChatStore,
  fileStore,
  memoryStore,
  redisStore,
} from '../../../src/server/index.js'
import { type ServerSettings, type Started, type Stream, type Taken, word } from './scenario.js'

// A server in a process of its own. It is told when a measurement begins and ends, and says what it took in between.
const settings: ServerSettings = JSON.parse(process.argv[2] ?? '{}')
const { contender, stream, redisUrl = '' } = settings

/** Chunks at a pace, or as fast as they are taken. */
async function* chunksOf({ chunks, perSecond }: Stream): AsyncGenerator<string, void, void> {
  if (perSecond === null) {
    for (let n = 0; n < chunks; n++) yield word
    return
  }
  const begin = performance.now()
  for (let n = 0; n < chunks; ) {
    const due = Math.min(chunks, ((performance.now() - begin) / 1000) * perSecond)
    for (; n < due; n++) yield word
    await new Promise((resolve) => setTimeout(resolve, 1000 / Math.min(perSecond, 100)))
  }
}

const io = new Server(0, { serveClient: false, transports: ['websocket'], pingInterval: 600_000 })

// Installed by the benchmark alone.
const peers = '../peers/node_modules'

async function attachAdapter() {
  const { createAdapter } = await import(`${peers}/@socket.io/redis-streams-adapter/dist/index.js`)
  // With its default of 10,000 entries a stream is cut before its readers have read it.
  io.adapter(createAdapter(new Redis(redisUrl), { maxLen: 1_000_000 }))
}

/** What one writes first: each chunk is emitted to the room, and nothing is kept. */
function serveBare() {
  io.on('connection', (socket) => {
    socket.on('join', async (conversation: string, done: () => void) => {
      await socket.join(conversation)
      done()
    })
    socket.on('send', async (conversation: string, done: () => void) => {
      done()
      let sent = 0
      for await (const text of chunksOf(stream)) {
        io.to(conversation).emit('chunk', { conversation, text })
        // Otherwise no socket would be written to before the last chunk.
        if (++sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    })
  })
}

/** The node that is asked makes the stream; every other node with readers follows it, and each emits to its own readers. */
async function serveResumable() {
  const { createResumableStreamContext } = await import(`${peers}/resumable-stream/dist/ioredis.js`)
  const context = createResumableStreamContext({
    waitUntil: null,
    publisher: new Redis(redisUrl),
    subscriber: new Redis(redisUrl),
  })
  const own = String(process.pid)
  const publisher = new Redis(redisUrl)
  const subscriber = new Redis(redisUrl)
  const read = async (chunks: ReadableStream<string> | null | undefined, conversation: string) => {
    if (!chunks) throw new Error('unable to measure; the stream was over before this node followed it')
    for await (const text of chunks) io.to(conversation).emit('chunk', { conversation, text })
  }
  subscriber.on('message', async (_channel: string, message: string) => {
    const { node, id, conversation } = JSON.parse(message)
    if (node === own || !io.of('/').adapter.rooms.has(conversation)) return
    await read(await context.resumeExistingStream(id), conversation)
  })
  await subscriber.subscribe('bench:started')
  let streams = 0
  io.on('connection', (socket) => {
    socket.on('join', async (conversation: string, done: () => void) => {
      await socket.join(conversation)
      done()
    })
    socket.on('send', async (conversation: string, done: () => void) => {
      const id = `${own}-${++streams}`
      const chunks = await context.createNewResumableStream(id, () =>
        Readable.toWeb(Readable.from(chunksOf(stream))),
      )
      await publisher.publish('bench:started', JSON.stringify({ node: own, id, conversation }))
      done()
      await read(chunks, conversation)
    })
  })
}

const none = Number.POSITIVE_INFINITY

function storeOf(): ChatStore {
  if (contender === 'file') return fileStore(settings.folder ?? '')
  if (contender === 'redis') return redisStore(new Redis(redisUrl), { prefix: 'bench:' })
  return memoryStore({ maxBytes: 4_000_000_000 })
}

let stop = async () => {}

async function serveChat() {
  const { flushMs = 15, compactAfterMs = 60_000, leaseMs = 15_000 } = settings
  const chat = new ChatServer({
    store: storeOf(),
    flushMs,
    leaseMs,
    retention: { compactAfterMs },
    authenticate: () => ({ id: 'reader' }),
    respond: (): AsyncIterable<AnswerChunk> => chunksOf(stream),
    limits: {
      ...{ requestsPerSecond: none, requestBurst: none, sendsPerMinute: none, connectionsPerUser: none },
      ...{ roomsPerConnection: none, runsPerUser: none, runs: none, conversationsPerScope: none },
      ...{
        bytesPerConversation: none,
        answerBytes: none,
        joinBytes: none,
        pendingBytes: none,
        pendingMs: none,
      },
    },
  })
  await chat.attach(io)
  stop = () => chat.close({ drainMs: 0 })
  for (let conversation = 0; conversation < stream.conversations; conversation++)
    for (let n = 0; n < (stream.history ?? 0); n++)
      await chat.post({
        scope: 'reader',
        conversationId: `c${conversation}`,
        message: {
          role: n % 2 ? 'assistant' : 'user',
          parts: [{ type: 'text', text: `What was said: ${n}` }],
        },
      })
}

const before = performance.now()
if (contender === 'adapter') await attachAdapter()
if (contender === 'resumable') await serveResumable()
else if (contender === 'bare' || contender === 'adapter') serveBare()
else await serveChat()
const startMs = performance.now() - before

let cpu = process.cpuUsage()
let begin = 0
process.on('message', (order: 'begin' | 'end' | 'stop') => {
  if (order === 'stop') {
    void stop().then(() => process.exit(0))
    return
  }
  if (order === 'begin') {
    cpu = process.cpuUsage()
    begin = performance.now()
    process.send?.('begun')
    return
  }
  const { user, system } = process.cpuUsage(cpu)
  const ms = performance.now() - begin
  global.gc?.()
  const taken: Taken = { ms, cpu: user + system, heap: process.memoryUsage().heapUsed }
  process.send?.(taken)
})
process.once('disconnect', () => process.exit(0))
const address = io.httpServer.address()
const port = typeof address === 'object' ? address?.port : ''
global.gc?.()
const started: Started = { url: `http://127.0.0.1:${port}`, startMs, heap: process.memoryUsage().heapUsed }
process.send?.(started)
