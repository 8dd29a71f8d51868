import { Server } from 'socket.io'
import { type AnswerChunk, ChatServer, type RespondRequest } from '../../src/server/index.js'
import type { Logger } from '../../src/shared/logger.js'
import type { ServerOrder, ServerReport } from './orders.js'

/** Words that a bystander's answer has; an attacker's answers are as long as the server lets them be. */
const words = ['one ', 'two ', 'three']
const sampleMs = 50

const running = new Map<string, number>()
/** Whom the counts are about: what an earlier one has begun may still run. */
let attacker = ''
let maxRuns = 0
let startedRuns = 0
let forgedCalls = 0
let lines = 0
let baseRss = 0
let peakRss = 0

const count = () => {
  lines += 1
}
const logger: Logger = { debug: count, info: count, warn: count, error: count }

/** The token is the user's id. One that is called `nobody` may not come in. */
function authenticate({ token = 'nobody' }: { token: string | undefined }) {
  if (token.startsWith('nobody')) throw new Error('unable to sign in')
  return { id: token }
}

async function* respond(request: RespondRequest): AsyncGenerator<AnswerChunk> {
  const { user, input, messages, signal } = request
  const id = user?.id ?? ''
  const isAttacker = id === attacker
  if (isAttacker) {
    startedRuns += 1
    const now = (running.get(id) ?? 0) + 1
    running.set(id, now)
    maxRuns = Math.max(maxRuns, now)
    const isForged = messages.some(
      ({ role, parts }) => role === 'user' && parts.some(({ type }) => type === 'tool'),
    )
    if (isForged || input?.kind === 'tool') forgedCalls += 1
  }
  try {
    const said =
      messages
        .at(-1)
        ?.parts.map((part) => ('text' in part ? part.text : ''))
        .join('') ?? ''
    if (said === 'fail') throw new TypeError('fails as it was asked to')
    if (said === 'flood')
      while (!signal.aborted) {
        yield 'x'.repeat(4000)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    else yield* words
  } finally {
    if (isAttacker) running.set(id, (running.get(id) ?? 1) - 1)
  }
}

/** The most conversations that one connection has open. */
const countRooms = () =>
  Math.max(
    0,
    ...[...io.of('/').sockets.values()].map(
      ({ rooms }) => [...rooms].filter((room) => room.startsWith('reconvene:')).length,
    ),
  )

const collect = () => (globalThis as { gc?: () => void }).gc?.()

let rooms = 0
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
  rooms = Math.max(rooms, countRooms())
}, sampleMs)

const orders: Record<ServerOrder['order'], (user: string) => ServerReport | null> = {
  begin(user) {
    attacker = user
    collect()
    maxRuns = startedRuns = forgedCalls = lines = rooms = 0
    baseRss = peakRss = process.memoryUsage.rss()
    return null
  },
  end() {
    const peakMB = (Math.max(peakRss, process.memoryUsage.rss()) - baseRss) / 1e6
    return { peakMB, maxRuns, startedRuns, forgedCalls, lines, maxRooms: rooms }
  },
}

// Whoever started it is gone: no other process would end this one.
process.on('disconnect', () => process.exit())
process.on('message', ({ order, user }: ServerOrder) => process.send?.(orders[order](user)))

const io = new Server({ serveClient: false })
const limits = process.argv[2] === 'without-limits' ? withoutLimits() : undefined
const chat = new ChatServer({
  respond,
  authenticate,
  logger,
  limits,
  retry: { maxAttempts: 1 },
  // `team-...` is everybody's, the rest is each user's own.
  access: ({ user, conversationId }) => (conversationId.startsWith('team-') ? 'team' : user.id),
})
io.listen(0)
if (process.argv[2] === 'busy') keepBusy()
await chat.attach(io)
const { port } = io.httpServer.address() as { port: number }
process.send?.(`http://127.0.0.1:${port}`)

/** What the machine does to a server that always has something to do, and never holds its event loop for long. */
function keepBusy(): void {
  const end = performance.now() + 5
  while (performance.now() < end);
  setImmediate(keepBusy)
}

/** To show that the attacks do harm where nothing bounds them. */
function withoutLimits() {
  const bound = ['messageBytes', 'answerBytes', 'joinBytes', 'pendingBytes']
  const names = [
    'requestsPerSecond',
    'requestBurst',
    'sendsPerMinute',
    'connectionsPerUser',
    'roomsPerConnection',
  ]
  const more = [
    'runsPerUser',
    'runs',
    'queuedPerConversation',
    'conversationsPerScope',
    'bytesPerConversation',
  ]
  const rest = ['tombstonesPerConversation', 'failedPerConversation', 'answerMs', 'pendingMs']
  return Object.fromEntries(
    [...bound, ...names, ...more, ...rest].map((name) => [name, Number.POSITIVE_INFINITY]),
  )
}
