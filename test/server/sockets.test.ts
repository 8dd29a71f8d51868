import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../examples/mock-server/logger.js'
import type { RunningServer, ServerOptions } from '../../examples/mock-server/start-server.js'
import { memoryStore, type RespondRequest } from '../../src/server/index.js'
import { startMockServer } from '../support/start-mock-server.js'
import { saying, textOf, userMessage, WireClient } from '../support/wire-client.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startMockServer(options)
  cleanups.push(() => server.crash())
  return server
}

function open(server: RunningServer, auth?: Record<string, unknown>, options?: object): WireClient {
  const client = new WireClient(server.url, auth, options)
  cleanups.push(() => client.close())
  return client
}

async function connect(server: RunningServer, auth?: Record<string, unknown>, options?: object) {
  const client = open(server, auth, options)
  await client.connected()
  return client
}

const c = { conversation_id: 'c' }
const joinAll = { ...c, after: null }
const send = (taskId: string, text: string) => ({ ...c, task_id: taskId, input: saying(`m-${taskId}`, text) })
const isFinish = ({ type }: { type: string }) => type === 'finish'

/** A responder that says one word and then waits until it is aborted. */
const endless = {
  async *respond({ signal }: RespondRequest) {
    yield 'word'
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
}

describe('a conversation over Socket.IO', () => {
  it.each([['websocket'], ['polling']])('streams an answer in offset order over %s', async (transport) => {
    const client = await connect(await start(), undefined, { transports: [transport] })
    const joined = await client.request('chat:join', joinAll)
    expect(joined).toMatchObject({ offset: 0, snapshot: { messages: [], tasks: [], has_older: false } })
    const sent = await client.request('chat:send', send('t', 'hello'))
    expect(sent).toMatchObject({
      epoch: joined.epoch,
      offset: 1,
      duplicate: false,
      attempt: 1,
      state: 'queued',
    })
    await client.event(isFinish)
    expect(client.events.map(({ offset }) => offset)).toEqual(client.events.map((_, index) => index + 1))
    expect(textOf(client.events)).toContain('You wrote: “hello”.')
  })

  it('goes on while its client is away, and fills the gap when it joins again', async () => {
    const server = await start()
    const client = await connect(server)
    const { epoch } = await client.request('chat:join', joinAll)
    const watcher = await connect(server)
    await watcher.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    client.close()
    await watcher.event(isFinish)
    const back = await connect(server)
    const missed = await back.request('chat:join', { ...c, after: { epoch, offset: 2 } })
    expect(missed.events).toEqual(watcher.events.slice(2))
  })

  it('pushes to everyone who joined, and to nobody who left or is someone else', async () => {
    const server = await start()
    const [first, second, left, other] = await Promise.all([
      connect(server),
      connect(server),
      connect(server),
      connect(server, { protocol: 1, token: 'bob' }),
    ])
    for (const client of [first, second, left, other]) await client.request('chat:join', joinAll)
    expect(await left.request('chat:leave', c)).toEqual({ ok: true })
    await first.request('chat:send', send('t', 'hello'))
    await Promise.all([first.event(isFinish), second.event(isFinish)])
    expect(second.events).toEqual(first.events)
    // One more answer each: whatever was pushed to these two would have come before it.
    for (const client of [left, other]) await client.request('chat:leave', c)
    expect([...left.events, ...other.events]).toEqual([])
  })

  it('gathers words that fall close together into one event and one push, in order', async () => {
    const client = await connect(await start({ flushMs: 20, paceMs: 1 }))
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    await client.event(isFinish)
    expect(client.events.map(({ offset }) => offset)).toEqual(client.events.map((_, index) => index + 1))
    const deltas = client.events.filter(({ type }) => type === 'delta')
    expect(deltas.length).toBeLessThan(textOf(client.events).split(' ').length / 2)
  })

  it('answers 40 requests at once on one connection, each once', async () => {
    const client = await connect(await start())
    await client.request('chat:join', joinAll)
    const ids = Array.from({ length: 40 }, (_, index) => `t${index}`)
    const answers = await Promise.all(ids.map((id) => client.request('chat:send', send(id, 'hello'))))
    expect(answers.every(({ duplicate }) => !duplicate)).toBe(true)
    await client.event((event) => event.type === 'finish' && event.task_id === 't39')
    const accepted = client.events.filter(({ type }) => type === 'message')
    expect(accepted.map(({ task_id }) => task_id)).toEqual(ids)
  })
})

describe('the door', () => {
  it.each<[string, unknown, string[] | undefined]>([
    ['chat:join', undefined, ['payload']],
    ['chat:join', null, ['payload']],
    ['chat:join', [], undefined],
    ['chat:join', { after: null }, ['conversation_id']],
    ['chat:join', { conversation_id: 'x'.repeat(129), after: null }, ['conversation_id']],
    ['chat:join', { conversation_id: 'c', after: { epoch: 'e', offset: -1 } }, ['after.offset']],
    ['chat:send', { ...c, task_id: 't', input: { kind: 'dance' } }, ['input.kind']],
    ['chat:send', { ...c, task_id: 7, input: saying('m', 'hi') }, ['task_id']],
    ['chat:send', { ...c, task_id: 't', input: { kind: 'message', message: { id: 'm' } } }, undefined],
    [
      'chat:send',
      {
        ...c,
        task_id: 't',
        input: { kind: 'message', message: { ...userMessage('m', 'hi'), role: 'system' } },
      },
      ['input.message.role'],
    ],
    ['chat:retry', { ...c, task_id: 't', attempt: 1.5 }, ['attempt']],
    ['chat:stop', 'stop', ['payload']],
    ['chat:history', { ...c, before: '' }, ['before']],
    ['chat:leave', 12, ['payload']],
    ['chat:dance', {}, ['event']],
    ['chat:constructor', {}, ['event']],
  ])('refuses %s with %j, naming the field', async (event, payload, fields) => {
    const client = await connect(await start())
    const answer = await client.ask(event as 'chat:join', payload)
    expect(answer).toMatchObject({
      ok: false,
      error: { type: 'error', error_code: 'validation', code: 'invalid_message', retryable: false },
    })
    if (fields) expect(answer).toMatchObject({ error: { fields } })
    expect(await client.request('chat:leave', c)).toEqual({ ok: true })
  })

  it('survives whatever comes without an acknowledgement, and serves on', async () => {
    const client = await connect(await start())
    await client.request('chat:join', joinAll)
    for (const event of ['chat:join', 'chat:send', 'chat:stop', 'error', '__proto__']) {
      client.socket.emit(event)
      client.socket.emit(event, null)
      client.socket.emit(
        event,
        JSON.parse('{"__proto__":{"polluted":true},"conversation_id":"c"}'),
        'more',
        7,
      )
    }
    client.socket.emit('chat:send', send('t', 'hello'))
    await client.event(isFinish)
    expect(textOf(client.events)).toContain('hello')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('refuses what nests so deeply that storing or pushing it would fail', async () => {
    const client = await connect(await start())
    await client.request('chat:join', joinAll)
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
    const deep = (id: string, levels: number) => ({
      ...c,
      task_id: id,
      input: {
        kind: 'message',
        message: { ...userMessage(`m-${id}`, 'hi'), metadata: { deep: nested(levels) } },
      },
    })
    expect(await client.ask('chat:send', deep('t1', 3000))).toMatchObject({
      error: { code: 'invalid_message' },
    })
    expect(await client.request('chat:send', deep('t2', 50))).toMatchObject({ duplicate: false })
    await client.event(isFinish)
  })

  it('refuses an id that has no UTF-8, because a store could take two of them for one', async () => {
    const server = await start()
    const client = await connect(server)
    const ids = [
      { ...send('t', 'hello'), task_id: '\ud800' },
      { ...send('t', 'hello'), conversation_id: 'x\udfff' },
    ]
    for (const request of ids)
      expect(await client.ask('chat:send', request)).toMatchObject({ error: { code: 'invalid_message' } })
    expect(await client.request('chat:send', { ...send('t', 'hello'), task_id: '😀' })).toMatchObject({
      ok: true,
    })
  })

  it('refuses bytes, which a log of JSON could not give back as they came', async () => {
    const client = await connect(await start())
    const message = { ...userMessage('m', 'hi'), metadata: { file: Buffer.from('abc') } }
    const answer = await client.ask('chat:send', { ...c, task_id: 't', input: { kind: 'message', message } })
    expect(answer).toMatchObject({ error: { code: 'invalid_message', fields: ['payload'] } })
  })

  it('outlives connections that send garbage', async () => {
    const server = await start()
    const good = await connect(server)
    await good.request('chat:join', joinAll)
    const garbage = [
      '',
      '2',
      '2[',
      '2{}',
      '2[]',
      '2[1]',
      '2["connect"]',
      '2["newListener",1]',
      '3',
      '31[]',
      '51-["x"]',
      '0/x,',
      '2/x,["y"]',
      '9',
      'é\u0000',
      '2["chat:send",'.padEnd(5000, '['),
    ]
    for (const frame of garbage) {
      const bad = await connect(server)
      bad.socket.io.engine.write(frame)
      bad.socket.emit('chat:leave', c)
      bad.close()
    }
    await good.request('chat:send', send('t', 'hello'))
    await good.event(isFinish)
  })

  it('names what is refused by a code, and stores nothing', async () => {
    const client = await connect(await start({ limits: { messageBytes: 300 } }))
    const { offset } = await client.request('chat:join', joinAll)
    expect(await client.ask('chat:send', send('t', 'x'.repeat(300)))).toMatchObject({
      error: { code: 'message_too_large' },
    })
    expect(await client.ask('chat:retry', { ...c, task_id: 't', attempt: 2 })).toMatchObject({
      error: { code: 'unknown_task' },
    })
    expect((await client.request('chat:join', joinAll)).offset).toBe(offset)
  })

  it('refuses what is too large for a message without breaking the connection', async () => {
    const client = await connect(await start())
    expect(await client.ask('chat:send', send('t', 'x'.repeat(500_000)))).toMatchObject({
      error: { code: 'message_too_large' },
    })
    expect(client.socket.connected).toBe(true)
  })
})

describe('a failure inside', () => {
  it('shows a correlation id, under which the log has class and stack, and no one has its text', async () => {
    const lines: string[] = []
    const logger = createLogger('debug', { write: (line: string) => void lines.push(line) })
    const secret = 'canary-5f3a-hunter2'
    class VectorStoreError extends Error {
      override readonly name = 'VectorStoreError'
    }
    const responder = {
      async *respond() {
        yield 'So'
        throw new VectorStoreError(`${secret} at postgres://chat:${secret}@db`)
      },
    }
    const client = await connect(await start({ responder, logger }))
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    const error = await client.event(({ type }) => type === 'error')
    expect(error).toMatchObject({ error_code: 'unknown', correlation_id: expect.any(String) })

    const correlationId = 'correlation_id' in error ? error.correlation_id : ''
    const line = JSON.parse(lines.find((text) => text.includes(`"${correlationId}"`)) ?? 'null')
    expect(line).toMatchObject({ error: 'VectorStoreError', correlationId })
    expect(line.stack.length).toBeGreaterThan(0)
    for (const text of [...client.frames, ...lines]) expect(text).not.toContain(secret)
  })

  // With gathered chunks the error would be thrown in a timer, which ends the process.
  it.each([0, 5])(
    'fails an answer that is not JSON, and serves on (gathering for %i ms)',
    async (flushMs) => {
      const call = { type: 'tool' as const, toolCallId: 'k', name: 'count', state: 'output' as const }
      const responder = {
        async *respond() {
          yield { ...call, output: { rows: 12n } }
        },
      }
      const client = await connect(await start({ flushMs, responder }))
      await client.request('chat:join', joinAll)
      await client.request('chat:send', send('t', 'hello'))
      expect(await client.event(({ type }) => type === 'error')).toMatchObject({ error_code: 'system' })
      expect(await client.request('chat:join', joinAll)).toMatchObject({ snapshot: { messages: [{}, {}] } })
    },
  )

  it('answers a request that fails inside in the same way', async () => {
    const lines: string[] = []
    const logger = createLogger('debug', { write: (line: string) => void lines.push(line) })
    const secret = 'canary-77'
    const store = memoryStore()
    store.append = async () => {
      throw Object.assign(new RangeError(`disk of ${secret} is full`), { code: 'ENOSPC' })
    }
    const client = await connect(await start({ store, logger }))
    const answer = await client.ask('chat:send', send('t', secret))
    expect(answer).toMatchObject({ ok: false, error: { error_code: 'system', retryable: false } })
    const correlationId = answer.ok ? '' : answer.error.correlation_id
    const told = lines.filter((line) => line.includes(`"${correlationId}"`))
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ error: 'RangeError', errno: 'ENOSPC' }])
    for (const text of [...client.frames, ...lines]) expect(text).not.toContain(secret)
  })
})

describe('the handshake', () => {
  it.each([
    ['another protocol', { protocol: 2 }, 'unsupported_protocol'],
    ['a token that is no string', { protocol: 1, token: 7 }, 'invalid_message'],
    ['an expired token', { protocol: 1, token: 'expired' }, 'token_expired'],
    ['a user’s expired token', { protocol: 1, token: 'ann:expired' }, 'token_expired'],
    ['a forbidden token', { protocol: 1, token: 'forbidden' }, 'forbidden'],
  ])('refuses %s with an ErrorEvent', async (_what, auth, code) => {
    const error = await open(await start(), auth).refused()
    expect(error.message).toBe('unable to connect; the handshake is refused')
    expect(error.data).toMatchObject({ type: 'error', code, correlation_id: expect.any(String) })
  })

  it('gives a user the same conversations under a renewed token', async () => {
    const server = await start()
    const before = await connect(server, { protocol: 1, token: 'ann:1' })
    await before.request('chat:send', send('t', 'hello'))
    const after = await connect(server, { protocol: 1, token: 'ann:2' })
    expect((await after.request('chat:join', joinAll)).offset).toBeGreaterThan(0)
  })

  it('sends away who is connected with a revoked token, and refuses it when it comes back', async () => {
    const server = await start()
    const client = await connect(server, { protocol: 1, token: 'ann' })
    const gone = client.disconnected()
    server.revoke('ann')
    await gone
    expect((await open(server, { protocol: 1, token: 'ann' }).refused()).data).toMatchObject({
      code: 'forbidden',
    })
  })

  it.each(['websocket', 'polling'])('refuses a page of a foreign origin over %s', async (transport) => {
    const options = (origin: string) => ({ transports: [transport], extraHeaders: { origin } })
    const own = await start()
    await connect(own, undefined, options('http://localhost:5173'))
    await open(own, undefined, options('https://evil.example')).refused()
    await open(own, undefined, options('null')).refused()
    const named = await start({ origins: ['https://chat.example'] })
    await connect(named, undefined, options('https://chat.example'))
    await open(named, undefined, options('https://chat.example.evil.example')).refused()
    await open(named, undefined, options('http://localhost:5173')).refused()
  })
})

describe('ending', () => {
  it('announces a planned shutdown, lets the answer finish, then closes', async () => {
    const server = await start({ reconnectSpreadMs: 900, paceMs: 1 })
    const client = await connect(server)
    expect(await client.request('chat:join', joinAll)).toMatchObject({ reconnect_spread_ms: 900 })
    const announced = new Promise((resolve) => client.socket.once('chat:closing', resolve))
    const gone = client.disconnected()
    await client.request('chat:send', send('t', 'hello'))
    await client.event(({ type }) => type === 'start')
    const closed = server.close()
    expect(await announced).toEqual({ reconnect_spread_ms: 900 })
    await gone
    await closed
    expect(client.events.at(-1)?.type).toBe('finish')
  })

  it('ends an answer that takes too long as interrupted, and tells its readers before it closes', async () => {
    const server = await start({ responder: endless, flushMs: 50 })
    const client = await connect(server)
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    await client.event(({ type }) => type === 'delta')
    const gone = client.disconnected()
    await server.close({ drainMs: 0 })
    await gone
    expect(client.events.at(-1)).toMatchObject({ type: 'error', code: 'interrupted' })
  })

  it('closes every connection also if the store is out of reach', async () => {
    const store = memoryStore()
    const server = await start({ store, responder: endless })
    const client = await connect(server)
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    await client.event(({ type }) => type === 'delta')
    const gone = client.disconnected()
    store.append = () => Promise.reject(new Error('disk full'))
    await server.close({ drainMs: 0 })
    await gone
  })

  const upgrade = [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  ].join('\r\n')

  it.each([
    ['opened a connection and says nothing, as browsers do ahead of need', ''],
    ['sent half a request', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['does not answer the close of its WebSocket', upgrade],
  ])('does not wait for a client that %s', async (_what, text) => {
    const server = await start()
    const client = connectTcp(server.port, '127.0.0.1')
    cleanups.push(() => client.destroy())
    await once(client, 'connect')
    client.write(text)
    if (text === upgrade) await once(client, 'data')
    // Another one's request: the server has seen the first one then.
    await fetch(server.url)
    await server.close({ drainMs: 0 })
  })

  it('does not wait for a long poll whose connection plays dead', async () => {
    const server = await start()
    const client = await connect(server, undefined, { transports: ['polling'] })
    await client.request('chat:join', joinAll)
    server.faults.add('guest', { kind: 'half_open' })
    const parts = [{ type: 'text' as const, text: 'hello' }]
    await server.chat.post({ scope: 'guest', conversationId: 'c', message: { role: 'assistant', parts } })
    await server.close({ drainMs: 0 })
  })
})
