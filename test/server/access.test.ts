import { describe, expect, it } from 'vitest'
import {
  AppError,
  ChatServer,
  type ChatServerOptions,
  conversationKey,
  memoryStore,
  UnauthorizedError,
} from '../../src/server/index.js'
import { processStore } from '../support/process-store.js'
import { saying, textOf, userMessage } from '../support/wire-client.js'
import { byToken, c, endless, failing, joinAll, liveServers, oneWord, send } from './live-server.js'

const serve = liveServers()
const isFinish = ({ type }: { type: string }) => type === 'finish'

/** A moment that a test waits for, or decides on. */
function defer() {
  let resolve = () => {}
  const promise = new Promise<void>((given) => {
    resolve = given
  })
  return { promise, resolve: () => resolve() }
}

describe('without authenticate', () => {
  it.each([
    ['a proxy stands between', { 'x-forwarded-for': '203.0.113.7' }],
    ['a proxy of another kind stands between', { forwarded: 'for=203.0.113.7' }],
    ['the host is another name', { host: 'chat.example' }],
    ['the page is of another origin', { origin: 'https://evil.example' }],
  ])('refuses a connection if %s', async (_what, extraHeaders) => {
    const { open } = await serve()
    const error = await open({ protocol: 1 }, { extraHeaders }).refused()
    expect(error.data).toMatchObject({ code: 'forbidden', retryable: false })
  })

  it('serves a page of this machine as a guest, whose messages name no author', async () => {
    const { connect } = await serve()
    const client = await connect(undefined, { extraHeaders: { origin: 'http://localhost:5173' } })
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    const message = await client.event(({ type }) => type === 'message')
    expect(message).toMatchObject({ message: { id: 'm-t' } })
    expect(JSON.stringify(message)).not.toContain('author')
  })
})

describe('authenticate', () => {
  it.each<[string, ChatServerOptions['authenticate'], string]>([
    ['nobody is signed in', () => Promise.reject(new UnauthorizedError()), 'unauthorized'],
    [
      'the token has expired',
      () => Promise.reject(new AppError({ code: 'token_expired', message: 'expired' })),
      'token_expired',
    ],
    ['it has expired by its own word', async () => ({ id: 'ann', expiresAt: 1 }), 'token_expired'],
  ])('refuses a connection if %s', async (_what, authenticate, code) => {
    const { open } = await serve({ authenticate })
    expect((await open().refused()).data).toMatchObject({ code })
  })

  it.each([
    ['without an id', {}],
    ['of over 4 kB', { id: 'ann', notes: 'x'.repeat(5000) }],
    ['whose end is no number', { id: 'ann', expiresAt: '2099-01-01' }],
    ['whose end is not a number', { id: 'ann', expiresAt: Number.NaN }],
  ])('refuses a connection without a word of the reason if it returns a user %s', async (_what, user) => {
    const { open } = await serve({ authenticate: async () => user as { id: string } })
    const error = await open().refused()
    expect(error.message).toBe('unable to connect; the handshake is refused')
    expect(JSON.stringify(error.data)).not.toMatch(/authenticate|4096/)
  })

  it('is asked again also if Socket.IO would let a connection back in by itself', async () => {
    let expiresIn = 300
    const { connect, open, chat, io } = await serve(
      {
        authenticate: () => {
          if (expiresIn < 0) throw new AppError({ code: 'forbidden', message: 'unable to come back' })
          return { id: 'ann', expiresAt: Date.now() + expiresIn }
        },
      },
      { connectionStateRecovery: {} },
    )
    const client = await connect('ann', { reconnection: true, reconnectionDelay: 10 })
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    await client.event(isFinish)
    const refused = client.refused()
    expiresIn = -1
    expect(await refused).toMatchObject({ data: { code: 'forbidden' } })
    expect(chat.stats().connections).toBe(0)
    // The app's own connections are kept as Socket.IO keeps them.
    const own = open({}, { reconnection: true, reconnectionDelay: 10 })
    await own.connected()
    const heard = new Promise((resolve) => own.socket.once('mine', resolve))
    io.emit('mine')
    await heard
    const back = own.connected()
    own.socket.io.engine.close()
    await back
    expect(own.socket.recovered).toBe(true)
  })

  it('ends a connection when its token expires', async () => {
    const { connect } = await serve({ authenticate: () => ({ id: 'ann', expiresAt: Date.now() + 300 }) })
    const client = await connect()
    expect(await client.disconnected()).toBe('transport close')
  })

  it('names the author of each message, whoever the client says it is', async () => {
    const { connect } = await serve({
      authenticate: ({ token }) => ({ id: token ?? '', name: 'Ann' }),
      access: () => 'team',
    })
    const client = await connect('ann')
    await client.request('chat:join', joinAll)
    const claimed = { ...userMessage('m', 'hi'), author: { id: 'bob' } }
    const forged = { ...c, task_id: 't1', input: { kind: 'message', message: claimed } }
    expect(await client.ask('chat:send', forged)).toMatchObject({ error: { code: 'invalid_message' } })
    await client.request('chat:send', send('t2'))
    expect(await client.event(({ type }) => type === 'message')).toMatchObject({
      message: { author: { id: 'ann', name: 'Ann' } },
    })
  })
})

describe('access', () => {
  it('keeps users apart who name the same conversation, unless it says that they share it', async () => {
    const apart = await serve({ authenticate: byToken })
    const [ann, bob] = [await apart.connect('ann'), await apart.connect('bob')]
    for (const client of [ann, bob]) await client.request('chat:join', joinAll)
    await ann.request('chat:send', send('t'))
    await ann.event(isFinish)
    expect(await bob.request('chat:join', joinAll)).toMatchObject({ offset: 0 })

    const shared = await serve({ authenticate: byToken, access: () => 'team' })
    const [carl, dora] = [await shared.connect('carl'), await shared.connect('dora')]
    for (const client of [carl, dora]) await client.request('chat:join', joinAll)
    await carl.request('chat:send', send('t'))
    await dora.event(isFinish)
    expect(dora.events).toEqual(carl.events)
  })

  it('decides for each action', async () => {
    const asked: string[] = []
    const { connect } = await serve({
      authenticate: byToken,
      respond: endless,
      access: ({ user, action }) => {
        asked.push(`${user.id} ${action}`)
        if (user.id === 'reader' && action !== 'read')
          throw new AppError({ code: 'forbidden', message: 'unable to go on; only reading is allowed' })
        return 'team'
      },
    })
    const reader = await connect('reader')
    await reader.request('chat:join', joinAll)
    const tool = { ...c, task_id: 'x', input: { kind: 'tool', tool_call_id: 'k', approved: true } }
    for (const [event, request] of [
      ['chat:send', send('t')],
      ['chat:send', tool],
      ['chat:retry', { ...c, task_id: 't', attempt: 2 }],
      ['chat:stop', { ...c, task_id: 't' }],
      ['chat:broadcast', { ...c, name: 'typing', value: true }],
    ] as const)
      expect(await reader.ask(event as 'chat:send', request)).toMatchObject({ error: { code: 'forbidden' } })
    expect(asked).toEqual(
      ['read', 'send', 'approve', 'send', 'stop', 'broadcast'].map((action) => `reader ${action}`),
    )
  })

  it('ends a membership that is revoked: nothing more is pushed, and the client is told when it comes back', async () => {
    const members = new Set(['ann', 'bob'])
    const { connect, chat } = await serve({
      authenticate: byToken,
      access: ({ user }) => {
        if (members.has(user.id)) return 'team'
        throw new AppError({ code: 'forbidden', message: 'unable to go on; not a member' })
      },
    })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    for (const client of [ann, bob]) await client.request('chat:join', joinAll)
    members.delete('bob')
    const gone = bob.disconnected()
    await chat.revoke({ scope: 'team', user: 'bob' })
    await gone
    await ann.request('chat:send', send('t'))
    await ann.event(isFinish)
    expect(bob.events).toEqual([])
    const back = await connect('bob')
    expect(await back.ask('chat:join', joinAll)).toMatchObject({ error: { code: 'forbidden' } })
  })

  it('keeps out who was let in just before the membership is revoked', async () => {
    const asked = defer()
    const decided = defer()
    const { connect, chat } = await serve({
      authenticate: byToken,
      access: async ({ user }) => {
        if (user.id === 'bob') {
          asked.resolve()
          await decided.promise
        }
        return 'team'
      },
    })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    const gone = bob.disconnected()
    bob.socket.emit('chat:join', joinAll, () => {})
    await asked.promise
    await chat.revoke({ scope: 'team', user: 'bob' })
    decided.resolve()
    await gone
    await ann.request('chat:join', joinAll)
    await ann.request('chat:send', send('t'))
    await ann.event(isFinish)
    expect(bob.events).toEqual([])
  })

  it('keeps out who was authenticated just before the user is sent away', async () => {
    const asked = defer()
    const decided = defer()
    const { open, chat } = await serve({
      authenticate: async ({ token = '' }) => {
        asked.resolve()
        await decided.promise
        return { id: token }
      },
    })
    const refused = open({ protocol: 1, token: 'bob' }).refused()
    await asked.promise
    await chat.disconnectUser('bob')
    decided.resolve()
    expect((await refused).data).toMatchObject({ code: 'overloaded', retryable: true })
    expect(chat.stats().connections).toBe(0)
  })

  it('sends a user away, and ends the user’s answers', async () => {
    const { connect, chat } = await serve({ authenticate: byToken, access: () => 'team', respond: endless })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    for (const client of [ann, bob]) await client.request('chat:join', joinAll)
    await bob.request('chat:send', send('t'))
    await bob.event(({ type }) => type === 'delta')
    const gone = bob.disconnected()
    await chat.disconnectUser('bob')
    expect(await gone).toBe('io server disconnect')
    expect(await ann.event(({ type }) => type === 'stop')).toMatchObject({ task_id: 't' })
  })
})

it('a user who is sent away has no answer left that a node which is gone still holds', async () => {
  const memory = memoryStore()
  const options = { authenticate: byToken, respond: endless }
  const dying = processStore(memory.connect())
  const gone = await serve({ ...options, store: dying })
  const bob = await gone.connect('bob')
  await bob.request('chat:join', joinAll)
  for (const task of ['t1', 't2']) await bob.request('chat:send', send(task))
  await bob.event(({ type }) => type === 'delta')
  dying.kill({ keepsLeases: true })
  gone.chat.abandon()
  const { chat } = await serve({ ...options, store: memory.connect() })
  await chat.disconnectUser('bob')
  const states = async () => {
    const { known } = await memory.read(conversationKey('bob', 'c'), { taskIds: ['t1', 't2'] })
    return known.map(({ state }) => state)
  }
  await expect.poll(states).toEqual(['stopped', 'stopped'])
})

it('a user who is sent away has no answer that waits for its turn either, and others have theirs', async () => {
  const { connect, chat } = await serve({
    authenticate: byToken,
    access: () => 'team',
    respond: endless,
    limits: { runsPerUser: 1 },
  })
  const [ann, bob] = [await connect('ann'), await connect('bob')]
  const asked: [typeof bob, string, string][] = [
    [bob, 'bob-1', 'c1'],
    [bob, 'bob-2', 'c1'],
    [ann, 'ann-1', 'c1'],
    [bob, 'bob-3', 'c2'],
  ]
  for (const id of ['c1', 'c2']) await ann.request('chat:join', { conversation_id: id, after: null })
  for (const [who, task, id] of asked) await who.request('chat:send', send(task, 'hello', id))
  await ann.event(({ type }) => type === 'delta')
  await expect.poll(() => chat.stats().waiting).toBe(1)
  await chat.disconnectUser('bob')
  await ann.event((event) => event.type === 'start' && event.task_id === 'ann-1')
  const stopped = (task: string) => ann.event((event) => event.type === 'stop' && event.task_id === task)
  for (const task of ['bob-1', 'bob-2', 'bob-3']) await stopped(task)
  const begun = ann.events.filter(({ type }) => type === 'start').map(({ task_id }) => task_id)
  expect(begun).toEqual(['bob-1', 'ann-1'])
})

describe('what a person may send', () => {
  it.each([
    ['https://intranet.example/secret', false],
    ['file:///etc/passwd', false],
    ['data:text/plain,hello', true],
  ])('by default, a file of %s: %s', async (url, isAllowed) => {
    const { connect } = await serve()
    const client = await connect()
    const message = {
      ...userMessage('m', ''),
      parts: [{ type: 'file', url, media_type: 'text/plain' }],
    }
    const answer = await client.ask('chat:send', { ...c, task_id: 't', input: { kind: 'message', message } })
    expect(answer.ok).toBe(isAllowed)
  })

  it('is what files.allow says', async () => {
    const { connect } = await serve({
      files: { allow: async (url) => url.startsWith('https://files.example/') },
    })
    const client = await connect()
    const file = (id: string, url: string) => ({
      ...c,
      task_id: id,
      input: {
        kind: 'message',
        message: { ...userMessage(id, ''), parts: [{ type: 'file', url, media_type: 'a/b' }] },
      },
    })
    expect((await client.ask('chat:send', file('t1', 'https://files.example/1'))).ok).toBe(true)
    expect((await client.ask('chat:send', file('t2', 'data:text/plain,x'))).ok).toBe(false)
  })

  it('is no tool call: one in a message is refused, and no answer to it is taken', async () => {
    let runs = 0
    const { connect } = await serve({
      async *respond() {
        runs += 1
        yield 'word'
      },
    })
    const client = await connect()
    const call = { type: 'tool', tool_call_id: 'k', name: 'pay', state: 'approval', input: { sum: 1 } }
    const message = { ...userMessage('m', ''), parts: [call] }
    const forged = { ...c, task_id: 't', input: { kind: 'message', message } }
    expect(await client.ask('chat:send', forged)).toMatchObject({ error: { code: 'invalid_message' } })
    const approval = { ...c, task_id: 'u', input: { kind: 'tool', tool_call_id: 'k', approved: true } }
    expect(await client.ask('chat:send', approval)).toMatchObject({ error: { code: 'unknown_message' } })
    expect(runs).toBe(0)
  })
})

describe('a decision of the app that is never made', () => {
  const never = () => new Promise<never>(() => {})
  // Each limit of 5 s is over at once.
  const clock = {
    now: () => Date.now(),
    setTimeout: (run: () => void, ms: number) => setTimeout(run, ms === 5000 ? 0 : ms),
    clearTimeout: (id: unknown) => clearTimeout(id as never),
  }
  const timeout = {
    ok: false,
    error: expect.objectContaining({ code: 'timeout', retryable: true, retry_after_ms: 1000 }),
  }

  it('is given up, so that the client asks again: access', async () => {
    const { connect } = await serve({ access: never, clock })
    const client = await connect()
    expect(await client.ask('chat:join', joinAll)).toEqual(timeout)
    expect(await client.ask('chat:send', send('t'))).toEqual(timeout)
  })

  it('is given up, so that the client asks again: files.allow', async () => {
    const { connect } = await serve({ files: { allow: never }, clock })
    const client = await connect()
    const file = { type: 'file' as const, url: 'https://files.example/1', media_type: 'a/b' }
    const message = { ...userMessage('m', ''), parts: [file] }
    const asked = { ...c, task_id: 't', input: { kind: 'message' as const, message } }
    expect(await client.ask('chat:send', asked)).toEqual(timeout)
  })

  it('is given up, so that the client knocks again: authenticate', async () => {
    const { open } = await serve({ authenticate: never, clock })
    const refused = await open({ protocol: 1, token: 'ann' }).refused()
    expect(refused).toMatchObject({ data: { code: 'timeout', retryable: true } })
  })
})

describe('what leaves for clients', () => {
  it('has nothing of a provider’s private data, neither pushed nor joined nor paged', async () => {
    const seen: unknown[] = []
    const { connect } = await serve({
      async *respond({ messages }) {
        seen.push(...messages.flatMap(({ parts }) => parts))
        yield { type: 'reasoning', text: 'Hm', private: { signature: 'canary-1' } }
        yield { type: 'text', text: 'word', private: { signature: 'canary-2' } }
      },
    })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t1'))
    await client.event(({ type, task_id }) => type === 'finish' && task_id === 't1')
    await client.request('chat:send', send('t2'))
    await client.event(({ type, task_id }) => type === 'finish' && task_id === 't2')
    await client.request('chat:join', joinAll)
    await client.request('chat:history', { ...c, before: 'm-t2' })
    expect(JSON.stringify(seen)).toContain('canary-1')
    for (const frame of client.frames) expect(frame).not.toContain('canary')
  })

  it('has no text of an upstream error that looks like one of ours', async () => {
    const { connect } = await serve({
      respond: failing({
        type: 'error',
        error: 'canary of another service',
        error_code: 'validation',
        retryable: false,
        timestamp: '2026-01-01T00:00:00.000Z',
      }),
    })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    const error = await client.event(({ type }) => type === 'error')
    expect(error).toMatchObject({ error_code: 'validation' })
    expect(JSON.stringify(error)).not.toContain('canary')
  })
})

describe('a broadcast', () => {
  it('reaches the others with who sent it, and is stored nowhere', async () => {
    const { connect, chat } = await serve({ authenticate: byToken, access: () => 'team' })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    for (const client of [ann, bob]) await client.request('chat:join', joinAll)
    const heard = (client: typeof ann) =>
      new Promise((resolve) => client.socket.once('chat:broadcast', resolve))
    const own = heard(ann)
    const others = heard(bob)
    expect(await ann.ask('chat:broadcast' as 'chat:leave', { ...c, name: 'typing', value: true })).toEqual({
      ok: true,
    })
    expect(await others).toEqual({ ...c, name: 'typing', value: true, from: { id: 'ann' } })
    chat.broadcast({ scope: 'team', conversationId: 'c', name: 'progress', value: 7 })
    expect(await own).toEqual({ ...c, name: 'progress', value: 7 })
    expect(await ann.request('chat:join', joinAll)).toMatchObject({ offset: 0 })
  })

  it('is refused if it is larger than 4 kB', async () => {
    const { connect } = await serve()
    const client = await connect()
    const large = { ...c, name: 'typing', value: 'x'.repeat(4096) }
    expect(await client.ask('chat:broadcast' as 'chat:leave', large)).toMatchObject({
      error: { code: 'message_too_large' },
    })
  })
})

describe('the app’s own sockets', () => {
  it('keep their events and middleware, and hear nothing of the chat', async () => {
    const seen: string[] = []
    const { open, connect } = await serve(
      {},
      {
        prepare: (io) => {
          io.use((socket, next) => {
            seen.push(`middleware ${'protocol' in socket.handshake.auth}`)
            next()
          })
          io.on('connection', (socket) => {
            socket.on('app:hello', (name, acknowledge) => acknowledge(`hello ${name}`))
          })
        },
      },
    )
    const own = open({}, { extraHeaders: { 'x-forwarded-for': '203.0.113.7' } })
    await own.connected()
    const client = await connect()
    expect(await own.socket.emitWithAck('app:hello', 'own')).toBe('hello own')
    expect(await client.socket.emitWithAck('app:hello', 'chat')).toBe('hello chat')
    const unanswered = own.socket.timeout(200).emitWithAck('chat:join', joinAll)
    await expect(unanswered).rejects.toThrow()
    expect(seen).toEqual(['middleware false', 'middleware true'])
  })
})

describe('the server speaks first', () => {
  it('posts a message once, and answers by an id once', async () => {
    const { connect, chat } = await serve()
    const client = await connect()
    await client.request('chat:join', joinAll)
    const place = { scope: 'guest', conversationId: 'c' }
    const greeting = { id: 'hi', role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'Hi' }] }
    for (let n = 0; n < 2; n++) await chat.post({ ...place, message: greeting })
    for (let n = 0; n < 2; n++) await chat.answer({ ...place, id: 'report', respond: oneWord })
    await client.event(isFinish)
    const { snapshot } = await client.request('chat:join', joinAll)
    expect(snapshot?.messages.map(({ role }) => role)).toEqual(['assistant', 'assistant'])
    expect(textOf(client.events)).toBe('word')
  })

  it('refuses to answer under the id of a person’s task, and leaves that task to the person’s own answer', async () => {
    const { connect, chat } = await serve({ respond: endless, limits: { runsPerUser: 1 } })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('first'))
    await client.request('chat:send', send('report'))
    async function* secret() {
      yield 'not for this question'
    }
    const place = { scope: 'guest', conversationId: 'c' }
    await expect(chat.answer({ ...place, id: 'report', respond: secret })).rejects.toMatchObject({
      code: 'task_conflict',
    })
    await client.request('chat:stop', { ...c, task_id: 'first' })
    await client.event(({ type, task_id }) => type === 'delta' && task_id === 'report')
    expect(textOf(client.events)).toBe('wordword')
  })
})

describe('options', () => {
  it.each<[string, Partial<ChatServerOptions>]>([
    ['respond', { respond: undefined as never }],
    ['store.append', { store: { read: () => {}, history: () => {} } as never }],
    ['authenticate', { authenticate: 'token' as never }],
    ['files.allow', { files: {} as never }],
    ['origins', { origins: ['https://chat.example/path'] }],
    ['retry.maxAttempts', { retry: { maxAttempts: 0 } }],
    ['retryBudget.capacity', { retryBudget: { capacity: -1 } }],
    ['silenceMs', { silenceMs: 0 }],
    ['flushMs', { flushMs: -1 }],
    ['leaseMs', { leaseMs: 10 }],
    ['retention.events', { retention: { events: 0 } }],
    ['limits.runs', { limits: { runs: 0 } }],
    ['limits.answerBytes', { limits: { answerBytes: 2_000_000 } }],
    ['limits.joinBytes', { limits: { joinBytes: 3_000_000 } }],
    ['logger.debug', { logger: {} as never }],
  ])('names the one that is wrong: %s', (name, options) => {
    expect(() => new ChatServer({ respond: oneWord, ...options })).toThrow(`unable to use ${name}`)
  })

  it('lifts a limit with Infinity', () => {
    const limits = { sendsPerMinute: Number.POSITIVE_INFINITY, runs: Number.POSITIVE_INFINITY }
    expect(() => new ChatServer({ respond: oneWord, limits })).not.toThrow()
  })
})

it('answers a task whose attempt was asked for with the largest number there is, and the next one too', async () => {
  let runs = 0
  const { connect } = await serve({
    retry: { maxAttempts: 1 },
    respond: () => {
      runs += 1
      return failing(new Error('broken'))()
    },
  })
  const client = await connect()
  await client.request('chat:join', joinAll)
  await client.request('chat:send', { ...c, task_id: 't', input: saying('m', 'hi') })
  await client.event(({ type }) => type === 'error')
  const retry = { ...c, task_id: 't', attempt: Number.MAX_SAFE_INTEGER }
  expect(await client.request('chat:retry', retry)).toMatchObject({ duplicate: false, attempt: 2 })
  await client.event((event) => event.type === 'error' && event.attempt === 2)
  expect(await client.request('chat:retry', { ...retry, attempt: 3 })).toMatchObject({ attempt: 3 })
  await client.event((event) => event.type === 'error' && event.attempt === 3)
  expect(runs).toBe(3)
})
