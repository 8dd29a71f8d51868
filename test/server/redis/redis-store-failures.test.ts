import { type EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RedisClient } from '../../../src/server/redis/redis-connection.js'
import { RedisKeys } from '../../../src/server/redis/redis-keys.js'
import { redisStore } from '../../../src/server/redis/redis-store.js'
import { type Change, type ChatStore, conversationKey, type Step } from '../../../src/server/store/index.js'
import { settle } from '../../support/virtual-clock.js'
import { eventually } from '../store/contract/harness.js'
import { delta, isStored, Talk } from '../store/contract/talk.js'
import { recordingLogger } from '../store/recording-logger.js'
import { clients } from './clients.js'
import { type RedisServer, startRedis } from './redis-server.js'

const key = conversationKey('ann', 'demo')
const prefix = 'reconvene:'
const [meta = '', events = ''] = new RedisKeys(prefix).ofConversation(key)

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

async function connect(server: RedisServer, name: 'ioredis' | 'redis' = 'ioredis') {
  const open = await clients[name](server.port)
  opened.push(open)
  const store = redisStore(open.client)
  opened.push(store)
  return { ...open, store }
}

async function start(...options: string[]) {
  const server = await startRedis(...options)
  opened.push({ close: () => server.stop() })
  return server
}

/** A conversation in which `t1` runs and two deltas are stored. */
async function begun(store: ChatStore) {
  const talk = new Talk(store, key)
  isStored(await talk.send('t1'))
  const lease = await talk.lease()
  isStored(await talk.start('t1', lease))
  for (const text of ['One ', 'two ']) isStored(await talk.stream('t1', text, lease))
  return { talk, lease, before: await talk.read() }
}

describe.each(['ioredis', 'redis'] as const)('with a client of %s,', (name) => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  afterEach(async () => {
    const { command } = await connect(server)
    await command('FLUSHALL')
  })

  it('scripts that Redis forgot are given again', async () => {
    const { store, command } = await connect(server, name)
    const { talk, lease } = await begun(store)
    await command('SCRIPT', 'FLUSH')
    isStored(await talk.stream('t1', 'three', lease))
    expect(await talk.texts()).toEqual(['One ', 'two ', 'three'])
  })

  it('a subscriber whose connection was cut is told how far its log is', async () => {
    const { store } = await connect(server, name)
    const other = await connect(server)
    const changes: Change[] = []
    await store.subscribe(key, (change) => changes.push(change))
    const nodes: unknown[] = []
    await store.listen((message) => nodes.push(message))
    await other.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    const { before } = await begun(other.store)
    await eventually('the position', () =>
      changes.some(({ position }) => position.end === before.position.end),
    )
    await other.store.publish('hello')
    isStored(await new Talk(other.store, key).send('t2'))
    await eventually('the next change', () => changes.at(-1)?.position.end === before.position.end + 1)
    await eventually('the message', () => nodes.length > 0)
  })

  it('a Redis that was emptied has lost the run, and begins a new epoch', async () => {
    const { store, command } = await connect(server, name)
    const { talk, lease, before } = await begun(store)
    await command('FLUSHALL')
    expect((await talk.stream('t1', 'late', lease)).result).toBe('lost')
    const { exists, position } = await talk.read()
    expect(exists).toBe(false)
    expect(position.epoch).not.toBe(before.position.epoch)
    expect(await lease.renew(15_000)).toBe(null)
    isStored(await talk.send('t1'))
  })

  it('a run of a conversation that is gone can’t go on in the one that has come in its place', async () => {
    const { store, command } = await connect(server, name)
    const old = await begun(store)
    await command('FLUSHALL')
    // The client sends its message again, and another node answers it.
    const next = await begun(store)
    expect(next.lease.fence).toBeGreaterThan(old.lease.fence)
    expect((await old.talk.stream('t1', 'old', old.lease)).result).toBe('fenced')
    isStored(await next.talk.stream('t1', 'three', next.lease))
    expect(await next.talk.texts()).toEqual(['One ', 'two ', 'three'])
  })

  it('work that comes right after Redis was emptied is found', async () => {
    const { store, command } = await connect(server, name)
    isStored(await new Talk(store, key).send('t1'))
    await command('FLUSHALL')
    isStored(await new Talk(store, key).send('t1'))
    expect(await store.due()).toEqual([key])
  })

  it('work is found beside a conversation that can’t be read', async () => {
    const { command, client } = await connect(server, name)
    const logger = recordingLogger()
    const store = redisStore(client, { logger })
    opened.push(store)
    const other = conversationKey('bob', 'demo')
    for (const each of [key, other]) isStored(await new Talk(store, each).send('t1'))
    await command('SET', meta, 'damaged')
    expect(await store.due()).toEqual([other])
    expect(logger.lines.map(([, event]) => event)).toEqual(['Redis could not be asked for open work'])
  })

  it('who leaves and comes back at once hears what is appended', async () => {
    const { store } = await connect(server, name)
    for (let turn = 0; turn < 4; turn += 1) {
      const at = conversationKey('ann', `demo-${turn}`)
      const changes: Change[] = []
      const leave = await store.subscribe(at, () => {})
      const left = leave()
      for (let n = 0; n < turn; n += 1) await Promise.resolve()
      const joined = store.subscribe(at, (change) => changes.push(change))
      await Promise.all([left, joined])
      isStored(await new Talk(store, at).send('t1'))
      await eventually('the change', () => changes.length === 1)
    }
  })

  it('a store that waits for a Redis that is gone can be closed', async () => {
    const gone = await start()
    const { store, client } = await connect(gone, name)
    await store.read(key)
    gone.process.kill('SIGKILL')
    const lost = name === 'redis' ? 'reconnecting' : 'close'
    await new Promise((resolve) => (client as unknown as EventEmitter).once(lost, resolve))
    const joining = store.subscribe(key, () => {})
    joining.catch(() => {})
    await settle()
    await store.close()
  })

  it('a node whose clock is behind that of Redis keeps a conversation as long as any other node', async () => {
    const { store } = await connect(server, name)
    const talk = new Talk(store, key)
    isStored(await talk.send('t1', { keepMs: 3_600_000, at: Date.now() - 7_200_000 }))
    isStored(await talk.stop('t1', { keepMs: 3_600_000, at: Date.now() - 7_200_000 }))
    expect((await talk.read()).exists).toBe(true)
  })

  it('a conversation may be kept for any number of milliseconds', async () => {
    const { store, command } = await connect(server, name)
    for (const keepMs of [1e15, 1e19, Number.MAX_VALUE]) {
      await command('FLUSHALL')
      const talk = new Talk(store, key)
      isStored(await talk.send('t1', { keepMs }))
      isStored(await talk.stop('t1', { keepMs }))
      expect((await talk.read()).events).toHaveLength(2)
    }
  })

  it('a dead node’s lease ends in time although the clock of Redis was set back', async () => {
    const { client } = await connect(server, name)
    let now = Date.UTC(2026, 0, 1)
    const store = redisStore(client, { now: () => now })
    opened.push(store)
    const talk = new Talk(store, key)
    isStored(await talk.send('t1'))
    const lease = await talk.lease('dead', 15_000)
    now -= 10_000
    await lease.renew(15_000)
    expect(await store.lease(key, 'other', 15_000)).toBe(null)
    now -= 3_600_000
    expect((await talk.read()).holder).toBe(null)
    expect(await store.due()).toEqual([key])
    expect((await store.lease(key, 'other', 15_000))?.fence).toBeGreaterThan(lease.fence)
  })

  it('after the master changed the epoch changes, once, and a run that lost nothing goes on', async () => {
    const { store, command } = await connect(server, name)
    const { talk, lease, before } = await begun(store)
    const changes: Change[] = []
    await store.subscribe(key, (change) => changes.push(change))
    // What a promoted replica has in its data is the old master's id.
    await command('HSET', meta, 'g', 'f'.repeat(40))
    const { position } = isStored(await talk.stream('t1', 'three', lease))
    expect(position.epoch).not.toBe(before.position.epoch)
    expect(position.end).toBe(before.position.end + 1)
    const after = await talk.read({ after: before.position })
    expect(after.position).toEqual(position)
    expect(after.snapshot).not.toBe(null)
    expect(await talk.texts()).toEqual(['One ', 'two ', 'three'])
    await eventually('the new epoch', () =>
      changes.some((change) => change.position.epoch === position.epoch),
    )
  })

  it('a run whose last step a failover lost can’t go on', async () => {
    const { store, command } = await connect(server, name)
    const { talk, lease } = await begun(store)
    const late = talk.streaming('t1', 'three ', lease)
    const facts = (await command('HGETALL', meta)) as string[] | Record<string, string>
    const stored = Array.isArray(facts) ? facts : Object.entries(facts).flat()
    isStored(await talk.append(late))
    // The replica that is promoted has all but the last step.
    await command('RPOP', events)
    await command('HSET', meta, ...stored, 'g', 'f'.repeat(40))
    expect((await talk.stream('t1', 'four', lease)).result).toBe('lost')
    const next = await talk.lease()
    expect(next.fence).toBeGreaterThan(lease.fence + 1)
    // Leases that the old master gave, and that nobody here knows, stay below.
    expect(
      (await talk.stream('t1', 'five', lease, { lease: { fence: lease.fence + 1, seq: 1 } })).result,
    ).toBe('fenced')
    expect(await talk.texts()).toEqual(['One ', 'two '])
  })

  it('a list that is shorter than its facts say begins a new epoch with what is there', async () => {
    const { store, command } = await connect(server, name)
    const { talk, before } = await begun(store)
    await command('RPOP', events)
    const { position, events: left } = await talk.read({ after: before.position })
    expect(position.epoch).not.toBe(before.position.epoch)
    expect(position.end).toBe(before.position.end - 1)
    expect(left).toHaveLength(position.end)
    expect((await talk.read()).position).toEqual(position)
  })

  it('work is found whose listing came too early', async () => {
    const { command } = await connect(server, name)
    let now = Date.UTC(2026, 0, 1)
    const { client } = await connect(server, name)
    const store = redisStore(client, { prefix: 'paused:', now: () => now })
    opened.push(store)
    const slow: Step = await new Talk(store, key).accepting('t1')
    // The list is lost between the listing and the append, or nobody listed at all: the append says so.
    const list = new RedisKeys('paused:').listOf(key)
    await command('DEL', list)
    now += 31_000
    isStored(await store.append(key, slow))
    expect(await store.due()).toEqual([key])
  })
})

describe('a Redis that is not fit', () => {
  it('is refused if it could drop half of a conversation', async () => {
    const server = await start('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru')
    const { store } = await connect(server)
    await expect(store.read(key)).rejects.toThrow('Set it to noeviction')
  })

  it('is used once it has been mended', async () => {
    const server = await start('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-ttl')
    const { store, command } = await connect(server)
    await expect(store.read(key)).rejects.toThrow('noeviction')
    await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    expect((await store.read(key)).exists).toBe(false)
  })

  it('refuses steps as overloaded while it can’t write to its disk', async () => {
    const server = await start('--enable-protected-configs', 'yes')
    const { store, command } = await connect(server)
    const { talk, lease } = await begun(store)
    const folder = mkdtempSync(join(tmpdir(), 'reconvene-gone-'))
    await command('CONFIG', 'SET', 'dir', folder)
    rmSync(folder, { recursive: true })
    await command('CONFIG', 'SET', 'save', '3600 1')
    await command('BGSAVE')
    const failed = async () => String(await command('INFO', 'persistence')).includes('last_bgsave_status:err')
    await eventually('the failure', failed)
    const step = talk.streaming('t1', 'three', lease)
    await expect(talk.append(step)).rejects.toMatchObject({ code: 'overloaded', retryable: true })
    await command('CONFIG', 'SET', 'save', '')
    isStored(await talk.append(step))
  })

  it('is no reason to lose anything if its memory is full', async () => {
    const server = await start('--maxmemory', '100mb', '--maxmemory-policy', 'noeviction')
    const { store, command } = await connect(server)
    const { talk, lease, before } = await begun(store)
    const later = await new Talk(store, conversationKey('bob', 'demo')).accepting('t1')
    await command('CONFIG', 'SET', 'maxmemory', '1mb')
    await expect(store.append(conversationKey('bob', 'demo'), later)).rejects.toMatchObject({
      code: 'overloaded',
    })
    const step = talk.streaming('t1', 'x'.repeat(1_000), lease)
    await expect(talk.append(step)).rejects.toMatchObject({ code: 'overloaded', retryable: true })
    const read = await talk.read()
    expect(read.events).toEqual(before.events)
    // Folding frees memory.
    const { epoch, end } = read.position
    const fold = { epoch, base: 0, offset: end, changedMessages: [], order: { keep: 0, ids: [] } }
    expect((await store.compact(key, fold)).result).toBe('ok')
    await command('CONFIG', 'SET', 'maxmemory', '100mb')
    isStored(await talk.append(step))
  })
})

describe('a client that is set to', () => {
  const hears = async (client: RedisClient) => {
    const store = redisStore(client)
    opened.push(store)
    const changes: Change[] = []
    await store.subscribe(key, (change) => changes.push(change))
    const talk = new Talk(store, key)
    isStored(await talk.send('t1'))
    expect(await store.due()).toEqual([key])
    const after = await talk.position()
    expect(await talk.read({ after })).toMatchObject({ snapshot: null, events: [] })
    await eventually('the change', () => changes.length === 1)
  }

  it.each<[string, object]>([
    ['give numbers as texts', { stringNumbers: true }],
    ['refuse commands while it is not connected', { enableOfflineQueue: false }],
    ['connect only if it has to', { lazyConnect: true }],
    ['put a prefix before every key', { keyPrefix: 'app:' }],
  ])('%s serves, of ioredis', async (_what, options) => {
    const server = await start()
    const client = new Redis(server.port, '127.0.0.1', options)
    opened.push({ close: () => client.disconnect() })
    if (!('lazyConnect' in options)) await once(client, 'ready')
    await hears(client)
  })

  it.each<[string, object]>([
    ['give bytes, and numbers as texts', { commandOptions: { typeMapping: { 58: String, 36: Buffer } } }],
    ['speak RESP2', { RESP: 2 }],
    ['speak RESP3', { RESP: 3 }],
  ])('%s serves, of redis', async (_what, options) => {
    const server = await start()
    const client = createClient({ ...options, socket: { port: server.port, host: '127.0.0.1' } })
    await client.connect()
    opened.push({ close: () => client.destroy() })
    await hears(client as unknown as RedisClient)
  })
})

describe('a Redis that is restarted', () => {
  it('with its append-only file keeps everything, in a new epoch', async () => {
    const server = await start('--appendonly', 'yes', '--appendfsync', 'always')
    const { store } = await connect(server)
    const changes: Change[] = []
    await store.subscribe(key, (change) => changes.push(change))
    const { talk, lease, before } = await begun(store)
    await server.restart()
    const { position } = isStored(await talk.stream('t1', 'three', lease))
    expect(position.epoch).not.toBe(before.position.epoch)
    expect(await talk.texts()).toEqual(['One ', 'two ', 'three'])
    await eventually('the new epoch', () =>
      changes.some((change) => change.position.epoch === position.epoch),
    )
  })

  it('without any file has lost the run, and says so', async () => {
    const server = await start()
    const { store } = await connect(server)
    const changes: Change[] = []
    await store.subscribe(key, (change) => changes.push(change))
    const { talk, lease, before } = await begun(store)
    await server.restart()
    expect((await talk.stream('t1', 'three', lease)).result).toBe('lost')
    await eventually('the new epoch', () =>
      changes.some(({ position }) => position.epoch !== before.position.epoch && position.end === 0),
    )
  })

  it('a promoted replica that misses the last writes begins a new epoch', async () => {
    const master = await start('--repl-diskless-sync-delay', '0')
    const replica = await start('--replicaof', '127.0.0.1', `${master.port}`)
    const first = await connect(master)
    const second = await connect(replica)
    const { talk, lease, before } = await begun(first.store)
    await eventually(
      'the replica',
      async () => Number(await second.command('LLEN', events)) === before.position.end,
    )
    // Paused, the replica misses what is acknowledged next.
    replica.process.kill('SIGSTOP')
    isStored(await talk.stream('t1', 'lost ', lease))
    await master.stop()
    replica.process.kill('SIGCONT')
    await second.command('REPLICAOF', 'NO', 'ONE')
    const there = new Talk(second.store, key)
    const length = Number(await second.command('LLEN', events))
    const late: Step = {
      kind: 'run',
      at: 0,
      lease: { fence: lease.fence, seq: 5 },
      run: { taskId: 't1', attempt: 1, try: 1 },
      events: [delta('t1', 'after')],
      tasks: [],
    }
    const { result, position } = await second.store.append(key, late)
    // The replica may have had the last write in its socket already: then nothing is lost.
    expect(result).toBe(length === before.position.end ? 'lost' : 'ok')
    expect(position.epoch).not.toBe(before.position.epoch)
    expect((await there.read({ after: before.position })).snapshot).not.toBe(null)
  })
})

describe('what is stored in Redis', () => {
  it('costs at most twice its text for a finished answer of 4,000 deltas, and little more before it is folded', async () => {
    const server = await start()
    const { store, command } = await connect(server)
    const talk = new Talk(store, key)
    const used = async () => {
      const names = (await command('KEYS', `${prefix}{*`)) as string[]
      const sizes = await Promise.all(names.map((name) => command('MEMORY', 'USAGE', name, 'SAMPLES', '0')))
      return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    }
    isStored(await talk.send('t1'))
    const lease = await talk.lease()
    isStored(await talk.start('t1', lease))
    for (let n = 0; n < 4_000; n += 20) {
      const deltas = Array.from({ length: 20 }, () => delta('t1', 'word of text '))
      isStored(await talk.stream('t1', '', lease, { events: deltas }))
    }
    isStored(await talk.finish('t1', lease))
    const text = 'word of text '.repeat(4_000)
    expect(await used()).toBeLessThan(4 * text.length)
    expect((await talk.compactExchange('t1', text)).result).toBe('ok')
    expect(await used()).toBeLessThan(2 * text.length)
  })

  it('is gone once it may be forgotten, all of it', async () => {
    const server = await start()
    const { store, command } = await connect(server)
    const talk = new Talk(store, key)
    isStored(await talk.send('t1', { keepMs: 60_000, at: Date.now() }))
    const names = async () => (await command('KEYS', `${prefix}{*`)) as string[]
    for (const name of await names()) expect(Number(await command('PTTL', name))).toBe(-1)
    isStored(await talk.stop('t1', { keepMs: 60_000, at: Date.now() }))
    const { position } = await talk.read()
    const order = { keep: 0, ids: ['m'] }
    const changedMessages = [{ id: 'm', role: 'user' as const, parts: [], created_at: '' }]
    await store.compact(key, { epoch: position.epoch, base: 0, offset: position.end, changedMessages, order })
    isStored(await talk.stop('t2', { keepMs: 60_000, at: Date.now() }))
    const ttls = await Promise.all((await names()).map((name) => command('PTTL', name)))
    expect(ttls.length).toBeGreaterThan(3)
    for (const ttl of ttls) expect(Number(ttl)).toBeGreaterThan(0)
  })
})

describe('the options', () => {
  it.each([
    [{}, {}, 'client'],
    [null, {}, 'client'],
    [{ call: () => {}, duplicate: () => {} }, { prefix: 'a{b}' }, 'prefix'],
  ])('name what is wrong', (client, options, name) => {
    expect(() => redisStore(client as never, options)).toThrow(name)
  })
})
