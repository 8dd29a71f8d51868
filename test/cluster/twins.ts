import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { readLog } from '../faults/read-log.js'
import { type Counts, check } from './check.js'
import { ask } from './questions.js'
import type { World } from './world.js'

const question = { words: 3, blowAt: -1 }
/** Pairs that are under way at the same time. */
const atOnce = 10

/** The same send to two nodes in one instant, `times` times, each in a conversation of its own. */
export async function sendTwins(world: World, times: number): Promise<Counts[]> {
  const counts: Counts[] = []
  const user = randomUUID()
  const sockets = world.cluster.nodeUrls.map((url) =>
    io(url, { forceNew: true, transports: ['websocket'], auth: { protocol: 1, token: user } }),
  )
  try {
    await Promise.all(
      sockets.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))),
    )
    for (let done = 0; done < times; done += atOnce) {
      const pairs = Array.from({ length: Math.min(atOnce, times - done) }, (_, index) =>
        sendPair(world, sockets, user, done + index),
      )
      counts.push(...(await Promise.all(pairs)))
    }
    return counts
  } finally {
    for (const socket of sockets) socket.close()
  }
}

async function sendPair(
  world: World,
  sockets: readonly Socket[],
  user: string,
  turn: number,
): Promise<Counts> {
  const conversationId = randomUUID()
  const text = ask(question, 0)
  const message = {
    id: randomUUID(),
    role: 'user',
    parts: [{ type: 'text', text }],
    created_at: new Date().toISOString(),
  }
  const request = {
    conversation_id: conversationId,
    task_id: randomUUID(),
    input: { kind: 'message', message },
  }
  const pair = [turn, turn + 1].map((place) => sockets[place % sockets.length])
  const answers: { ok?: unknown }[] = await Promise.all(
    pair.map((socket) => socket?.timeout(20_000).emitWithAck('chat:send', request)),
  )
  const accepted = answers.every(({ ok }) => ok === true) ? 'yes' : 'no'
  const reader = world.cluster.nodeUrls[(turn + 2) % world.cluster.nodeUrls.length] ?? ''
  const { messages: log } = await readLog(reader, { user, conversationId })
  const told = [{ text, words: question.words, accepted, answered: 'yes' } as const]
  return check({ told, log, screen: log, hasToldOfLoss: false })
}
