import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AnswerChunk, type ChatStore, type RespondRequest, redisStore } from '../../src/server/index.js'
import { joinAll, type LiveServer, liveServers, send } from '../server/live-server.js'
import { clients, type OpenClient } from '../server/redis/clients.js'
import { type RedisServer, startRedis } from '../server/redis/redis-server.js'
import { eventually } from '../server/store/contract/harness.js'
import type { WireClient } from '../support/wire-client.js'

let redis: RedisServer
const opened: OpenClient[] = []
beforeAll(async () => {
  redis = await startRedis('--appendonly', 'yes')
})
afterAll(async () => {
  for (const client of opened) client.close()
  await redis.stop()
})

const serve = liveServers()
let prefixes = 0

const words = Array.from({ length: 60 }, (_, n) => `${n} `)

/** Answers of 60 words, one every few milliseconds. */
async function* counting({ signal }: RespondRequest): AsyncGenerator<AnswerChunk> {
  for (const word of words) {
    if (signal.aborted) return
    yield word
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A node on the Redis of this file. @param wrap what stands between the node and its store */
async function node(
  prefix: string,
  library: 'ioredis' | 'redis',
  wrap: (store: ChatStore) => ChatStore = (store) => store,
): Promise<LiveServer> {
  const client = await clients[library](redis.port)
  opened.push(client)
  const store = wrap(redisStore(client.client, { prefix }))
  return serve({ store, respond: counting, leaseMs: 1_500 })
}

const releases: (() => void)[] = []
afterEach(() => {
  for (const release of releases.splice(0)) release()
})

const newPrefix = () => `nodes-${++prefixes}:`

/** What a reader sees of the newest attempt, if no event is missing and none came twice. */
function answerOf({ events }: WireClient): { text: string; end: string | undefined } {
  const own = events.filter(({ epoch }) => epoch === events.at(-1)?.epoch)
  expect(own.map(({ offset }) => offset)).toEqual(own.map((_, index) => (own[0]?.offset ?? 0) + index))
  const from = own.findLastIndex(({ type }) => type === 'start')
  const text = own.slice(from).flatMap((event) => (event.type === 'delta' ? event.text : []))
  const end = own.slice(from).find(({ type }) => ['finish', 'stop', 'error'].includes(type))
  return { text: text.join(''), end: end?.type }
}

const ended = (client: WireClient) => eventually('the end', () => answerOf(client).end !== undefined)

/** A store from which nothing comes back any more; released, all that was asked of it has failed. */
function hangingStore() {
  let failAll: (() => void) | undefined
  let hanging: Promise<void> | undefined
  const wrapped = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, name) => {
        const method = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          if (name !== 'close') await hanging
          const answer = await Reflect.apply(method, target, args)
          return name === 'lease' && answer ? wrapped(answer) : answer
        }
      },
    })
  return {
    wrap: (store: ChatStore) => wrapped(store),
    hang: () => {
      hanging = new Promise((_, reject) => {
        failAll = () => reject(new Error('the connection is gone'))
      })
      hanging.catch(() => {})
    },
    release: () => {
      failAll?.()
      hanging = undefined
    },
  }
}

describe('two nodes on one Redis', () => {
  it('tell the readers of both the same answer, each word once', async () => {
    const prefix = newPrefix()
    const [a, b] = [await node(prefix, 'ioredis'), await node(prefix, 'redis')]
    const [left, right] = [await a.connect(), await b.connect()]
    for (const client of [left, right]) await client.ask('chat:join', joinAll)
    expect(await right.ask('chat:send', send('t1'))).toMatchObject({ ok: true, duplicate: false })
    expect(await left.ask('chat:send', send('t1'))).toMatchObject({ ok: true, duplicate: true })
    await Promise.all([ended(left), ended(right)])
    for (const client of [left, right])
      expect(answerOf(client)).toEqual({ text: words.join(''), end: 'finish' })
    expect(left.events).toEqual(right.events)
  })

  it('stop a run from the node that does not run it', async () => {
    const prefix = newPrefix()
    const [a, b] = [await node(prefix, 'redis'), await node(prefix, 'ioredis')]
    const [left, right] = [await a.connect(), await b.connect()]
    for (const client of [left, right]) await client.ask('chat:join', joinAll)
    await left.ask('chat:send', send('t1'))
    await eventually('a word', () => answerOf(right).text !== '')
    expect(await right.ask('chat:stop', { conversation_id: 'c', task_id: 't1' })).toMatchObject({
      stopped: true,
    })
    await Promise.all([ended(left), ended(right)])
    expect(answerOf(left).end).toBe('stop')
    expect(answerOf(left)).toEqual(answerOf(right))
    await eventually('the end of the run', () => a.chat.stats().runs === 0 && b.chat.stats().runs === 0)
    expect(words.join('')).toContain(answerOf(left).text)
  })

  it('end the answer of a node that hangs as interrupted, and answer it whole when it is retried', async () => {
    const prefix = newPrefix()
    const { hang, release, wrap } = hangingStore()
    releases.push(release)
    const a = await node(prefix, 'ioredis', wrap)
    const left = await a.connect()
    await left.ask('chat:join', joinAll)
    await left.ask('chat:send', send('t1'))
    await eventually('a word', () => answerOf(left).text !== '')
    hang()
    const b = await node(prefix, 'redis')
    const right = await b.connect()
    // Whether it is interrupted before the join or after depends on how fast the node began.
    const { snapshot } = await right.request('chat:join', joinAll)
    const failure = () => snapshot?.tasks[0]?.error ?? right.events.find(({ type }) => type === 'error')
    await eventually('the interruption', () => failure() !== undefined)
    expect(failure()).toMatchObject({ code: 'interrupted', retryable: true })
    await right.ask('chat:retry', { conversation_id: 'c', task_id: 't1', attempt: 2 })
    await eventually('the answer', () => answerOf(right).end === 'finish')
    expect(answerOf(right).text).toBe(words.join(''))
    release()
    await eventually('the end of the old run', () => a.chat.stats().runs === 0)
    expect((await right.request('chat:join', joinAll)).snapshot?.tasks).toEqual([])
  })

  it('go on with an answer after Redis was restarted with its file, or say that it was cut off', async () => {
    const prefix = newPrefix()
    const [a, b] = [await node(prefix, 'ioredis'), await node(prefix, 'redis')]
    const [left, right] = [await a.connect(), await b.connect()]
    for (const client of [left, right]) await client.ask('chat:join', joinAll)
    await left.ask('chat:send', send('t1'))
    await eventually('a word', () => answerOf(right).text !== '')
    await redis.restart()
    await Promise.all([ended(left), ended(right)])
    for (const client of [left, right]) {
      const { text, end } = answerOf(client)
      expect(['finish', 'error']).toContain(end)
      const joined = await client.ask('chat:join', joinAll)
      const message = joined.ok ? joined.snapshot?.messages.at(-1) : undefined
      const [part] = message?.parts ?? []
      const whole = part && 'text' in part ? String(part.text) : ''
      if (end === 'finish') expect(whole).toBe(words.join(''))
      expect(words.join('').startsWith(whole)).toBe(true)
      expect(whole.endsWith(text)).toBe(true)
    }
  })
})
