import { Socket as EngineSocket } from 'engine.io-client'
import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { type AnswerChunk, ChatServer, memoryStore, type RespondRequest } from '../../src/server/index.js'
import { textOf, WireClient } from '../support/wire-client.js'
import { byToken, c, endless, failing, joinAll, liveServers, oneWord, send } from './live-server.js'

const serve = liveServers()
const code = (expected: string) => ({ ok: false, error: expect.objectContaining({ code: expected }) })
const isFinish = ({ type }: { type: string }) => type === 'finish'
const ask = (client: WireClient, event: string, request: object) => client.ask(event as 'chat:send', request)

/** The connection beneath a client, to stop its reading. */
function tcpOf(client: WireClient) {
  const engine = client.socket.io.engine as unknown as {
    transport: { ws: { _socket: { pause(): void; resume(): void } } }
  }
  return engine.transport.ws._socket
}

describe('requests', () => {
  it('beyond the burst are refused with the time to wait, except for stops and for tasks that are known', async () => {
    const { connect } = await serve({
      authenticate: byToken,
      limits: { requestBurst: 5, requestsPerSecond: 1 },
    })
    const [busy, other] = [await connect('busy'), await connect('other')]
    await busy.request('chat:send', send('known'))
    for (let n = 0; n < 4; n++) await busy.request('chat:leave', c)
    const refused = await ask(busy, 'chat:history', { ...c, before: 'm' })
    expect(refused).toMatchObject(code('rate_limited'))
    expect(refused).toMatchObject({ error: { retryable: true, retry_after_ms: expect.any(Number) } })
    expect(await ask(busy, 'chat:send', send('new'))).toMatchObject(code('rate_limited'))
    expect(await busy.request('chat:send', send('known'))).toMatchObject({ duplicate: true })
    expect(await busy.request('chat:stop', { ...c, task_id: 'any' })).toMatchObject({ stopped: true })
    expect(await other.request('chat:send', send('t'))).toMatchObject({ duplicate: false })
  })

  it('about conversations that do not exist leave nothing behind, also if they are refused', async () => {
    const { connect, chat } = await serve({ limits: { sendsPerMinute: 1, requestBurst: 1000 } })
    const client = await connect()
    await client.request('chat:send', send('first'))
    const names = Array.from({ length: 30 }, (_, n) => `made-up-${n}`)
    for (const conversation_id of names) {
      const refused = await ask(client, 'chat:send', { ...send(`t-${conversation_id}`), conversation_id })
      expect(refused).toMatchObject(code('rate_limited'))
      await ask(client, 'chat:join', { conversation_id, after: null })
      await ask(client, 'chat:leave', { conversation_id })
    }
    await expect.poll(() => chat.stats().conversations).toBe(1)
  })

  it('leave room to come back with a hundred conversations and a hundred messages at once', async () => {
    const { connect } = await serve()
    const client = await connect()
    const joins = Array.from({ length: 100 }, (_, n) =>
      ask(client, 'chat:join', { conversation_id: `c${n}`, after: null }),
    )
    expect((await Promise.all(joins)).every(({ ok }) => ok)).toBe(true)
  })

  it('that go on although the client was told to wait end the connection', async () => {
    const { connect } = await serve({ limits: { requestBurst: 5, requestsPerSecond: 1 } })
    const client = await connect()
    const gone = client.disconnected()
    for (let n = 0; n < 150; n++) client.socket.emit('chat:leave', c)
    expect(await gone).toMatch(/transport/)
    const back = await connect()
    expect(await back.request('chat:leave', c)).toEqual({ ok: true })
  })

  it('that nobody listens to end the connection if they flood it, and are the app’s to hear otherwise', async () => {
    const heard: unknown[] = []
    const { connect, io } = await serve()
    io.on('connection', (socket) => {
      socket.on('mine', (value) => heard.push(value))
      socket.onAny((name, value) => name === 'any' && heard.push(value))
    })
    const client = await connect()
    for (let n = 0; n < 300; n++) client.socket.emit('mine', n)
    client.socket.emit('any', 'last')
    await expect.poll(() => heard).toHaveLength(301)
    expect(heard).toContain('last')
    const gone = client.disconnected()
    for (let n = 0; n < 1000; n++) client.socket.emit('nobody', n)
    expect(await gone).toMatch(/transport/)
  })

  it.each([
    ['', '40{"protocol":1,"token":"ann"}'],
    [', also of who names no protocol and needs no token', '40'],
  ])(
    'packed by the thousand into one polling request end the connection before they are read%s',
    async (_who, hello) => {
      const { url, connect } = await serve({ authenticate: byToken })
      const opened = await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).text()
      const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
      const post = (body: string) =>
        fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body })
      await post(hello)
      await post(Array.from({ length: 50_000 }, () => '42["chat:leave"]').join('\u001e'))
      expect((await post('42["chat:leave"]')).status).toBe(400)
      const other = await connect('bob')
      expect(await other.request('chat:leave', c)).toEqual({ ok: true })
    },
  )
})

describe('packets', () => {
  it.each([
    ['hold too many values', [`20["chat:leave",[${'0,'.repeat(60_000)}0]]`]],
    ['nest too often', [`20["chat:leave",${'['.repeat(60_000)}${']'.repeat(60_000)}]`]],
    ['bring bytes', ['51-0["chat:leave",{"_placeholder":true,"num":0}]', Buffer.alloc(70_000)]],
  ])('end the connection if they %s, before they are decoded', async (_what, packets) => {
    const { connect } = await serve({ authenticate: byToken })
    const [bad, other] = [await connect('bad'), await connect('other')]
    const gone = bad.disconnected()
    const engine = bad.socket.io.engine as unknown as { write(data: string | Buffer): void }
    for (const packet of packets) engine.write(packet)
    expect(await gone).toMatch(/transport/)
    expect(await other.request('chat:leave', c)).toEqual({ ok: true })
  })

  it('of the app’s own namespaces and sockets may be as the app’s server allows', async () => {
    const heard: unknown[] = []
    const { open } = await serve(
      {},
      {
        prepare: (io) => {
          for (const namespace of [io.of('/'), io.of('/own')])
            namespace.on('connection', (socket) => {
              socket.on('mine', (value, bytes, acknowledge) => {
                heard.push([value.length, bytes.length])
                acknowledge()
              })
            })
        },
      },
    )
    const foreign = open({})
    await foreign.connected()
    await foreign.socket.timeout(2000).emitWithAck('mine', 'x'.repeat(500_000), Buffer.alloc(10))
    const ours = open()
    await ours.connected()
    const beside = ours.socket.io.socket('/own')
    beside.connect()
    await beside.timeout(2000).emitWithAck('mine', 'x'.repeat(500_000), Buffer.alloc(10))
    expect(heard).toEqual([
      [500_000, 10],
      [500_000, 10],
    ])
  })
})

it('a connection that is refused again and again is ended, before it keeps authenticate busy', async () => {
  let asked = 0
  const { url } = await serve({
    authenticate: async ({ token }) => {
      asked += 1
      throw new Error(`who is ${token}?`)
    },
  })
  const { port } = new URL(url)
  const socket = new EngineSocket(`ws://127.0.0.1:${port}`, {
    path: '/socket.io/',
    transports: ['websocket'],
  })
  const gone = new Promise((resolve) => socket.on('close', resolve))
  // A Socket.IO packet that connects to the main namespace.
  const knock = () => socket.write('0{"protocol":1,"token":"guess"}')
  socket.on('open', knock)
  socket.on('message', knock)
  await gone
  expect(asked).toBe(10)
})

it('a handshake that is refused again and again writes no more than ten lines a second', async () => {
  const lines: string[] = []
  const note = (event: string) => lines.push(event)
  const { open, connect } = await serve({
    authenticate: ({ token }) => {
      if (token !== 'ann') throw new Error('who is this?')
      return { id: token }
    },
    logger: { debug: note, info: note, warn: note, error: note },
    clock: {
      now: () => 0,
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (id) => clearTimeout(id as never),
    },
  })
  await Promise.all(Array.from({ length: 15 }, () => open({ protocol: 1, token: 'x' }).refused()))
  await connect('ann')
  expect(lines.filter((line) => line === 'request failed')).toHaveLength(10)
})

describe('connections that have connected to no namespace', () => {
  const limits = { unnamedConnections: 3 }
  const poll = async (url: string) => {
    const answer = await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).text()
    const { sid } = JSON.parse(answer.slice(1)) as { sid: string }
    const post = (body: string) =>
      fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body })
    return { post, isKept: async () => (await post('3')).status === 200 }
  }
  const pollTimes = async (url: string, times: number) => {
    const polled = []
    for (let n = 0; n < times; n++) polled.push(await poll(url))
    return polled
  }
  const kept = (polled: Awaited<ReturnType<typeof pollTimes>>) =>
    Promise.all(polled.map(({ isKept }) => isKept()))

  it('are ended beyond a number, the oldest first, and those that have are not', async () => {
    const { url, io, connect } = await serve({ authenticate: byToken, limits })
    const [socket, polling] = [await connect('ann'), await connect('bob', { transports: ['polling'] })]
    const polled = await pollTimes(url, 5)
    expect(await kept(polled)).toEqual([false, false, true, true, true])
    expect(io.engine.clientsCount).toBe(5)
    for (const client of [socket, polling])
      expect(await client.request('chat:leave', c)).toEqual({ ok: true })
    const late = await connect('late')
    expect(await late.request('chat:leave', c)).toEqual({ ok: true })
  })

  it('count again if their handshake is refused, and not while the app authenticates them', async () => {
    let admit = () => {}
    const admitted = new Promise<void>((resolve) => (admit = resolve))
    const { url } = await serve({
      authenticate: async ({ token = '' }) => {
        if (token === 'nobody') throw new Error('who is this?')
        await admitted
        return { id: token }
      },
      limits,
    })
    const connecting = await poll(url)
    await connecting.post('40{"protocol":1,"token":"ann"}')
    const refused = await poll(url)
    await refused.post('40{"protocol":1,"token":"nobody"}')
    await pollTimes(url, 3)
    expect(await kept([connecting, refused])).toEqual([true, false])
    admit()
  })

  it.each(['/', '/own', '/later', '/dynamic-1'])(
    'do not hold those of the app’s namespace %s',
    async (name) => {
      const { url, io } = await serve(
        { authenticate: byToken, limits },
        {
          prepare: (io) => {
            io.of('/own')
            io.of(/^\/dynamic-\d+$/)
          },
        },
      )
      io.of('/later')
      const own = await poll(url)
      await own.post(name === '/' ? '40' : `40${name},`)
      // A second namespace refuses it.
      await own.post('40/none,')
      await pollTimes(url, 4)
      expect(await own.isKept()).toBe(true)
    },
  )

  it('may be of a client that also knocks at a second namespace, which refuses', async () => {
    const { url, io, chat } = await serve({
      authenticate: ({ token = '' }) => {
        if (token !== 'ann') throw new Error('who is this?')
        return { id: token }
      },
      limits,
    })
    await chat.attach(io.of('/second'))
    const both = await poll(url)
    await both.post('40{"protocol":1,"token":"ann"}')
    await both.post('40/second,{"protocol":1,"token":"nobody"}')
    await pollTimes(url, 4)
    expect(await both.isKept()).toBe(true)
  })
})

describe('sends', () => {
  it('of one user are counted over all connections', async () => {
    const { connect } = await serve({ authenticate: byToken, limits: { sendsPerMinute: 3 } })
    const [first, second, other] = [await connect('ann'), await connect('ann'), await connect('bob')]
    for (const id of ['t1', 't2', 't3']) await first.request('chat:send', send(id))
    expect(await ask(second, 'chat:send', send('t4'))).toMatchObject(code('rate_limited'))
    expect(await second.request('chat:send', send('t1'))).toMatchObject({ duplicate: true })
    expect(await other.request('chat:send', send('t1'))).toMatchObject({ duplicate: false })
  })

  it('wait in a conversation up to a number, and not beyond it', async () => {
    const { connect } = await serve({ respond: endless, limits: { queuedPerConversation: 2 } })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('runs'))
    await client.event(({ type }) => type === 'delta')
    for (const id of ['t1', 't2']) await client.request('chat:send', send(id))
    expect(await ask(client, 'chat:send', send('t3'))).toMatchObject(code('overloaded'))
    expect(await client.request('chat:send', send('t2'))).toMatchObject({ duplicate: true })
    await client.request('chat:stop', { ...c, task_id: 't1' })
    expect(await client.request('chat:send', send('t3'))).toMatchObject({ duplicate: false })
  })

  it('begin no more conversations in a scope than it may have', async () => {
    const { connect } = await serve({ authenticate: byToken, limits: { conversationsPerScope: 2 } })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    for (const id of ['c1', 'c2']) await ann.request('chat:send', send('t', 'hello', id))
    expect(await ask(ann, 'chat:send', send('t', 'hello', 'c3'))).toMatchObject({
      error: { code: 'overloaded', retry_after_ms: -1 },
    })
    expect(await bob.request('chat:send', send('t'))).toMatchObject({ duplicate: false })
  })

  it('do not make a conversation larger than it may be', async () => {
    const { connect } = await serve({ limits: { bytesPerConversation: 3000 } })
    const client = await connect()
    await client.request('chat:send', send('t1', 'x'.repeat(1000)))
    expect(await ask(client, 'chat:send', send('t2', 'x'.repeat(2500)))).toMatchObject({
      error: { code: 'overloaded', retry_after_ms: -1 },
    })
  })
})

it('stops of tasks that never come are refused for good beyond a number', async () => {
  const { connect } = await serve({ limits: { tombstonesPerConversation: 3 } })
  const client = await connect()
  for (let n = 0; n < 3; n++) await client.request('chat:stop', { ...c, task_id: `t${n}` })
  expect(await ask(client, 'chat:stop', { ...c, task_id: 't9' })).toMatchObject({
    error: { retryable: false, retry_after_ms: -1 },
  })
  expect(await client.request('chat:stop', { ...c, task_id: 't1' })).toMatchObject({ stopped: true })
})

it('a stop begins no more conversations in a scope than it may have', async () => {
  const { connect } = await serve({ authenticate: byToken, limits: { conversationsPerScope: 2 } })
  const client = await connect('ann')
  const stop = (conversation_id: string) => ask(client, 'chat:stop', { conversation_id, task_id: 't' })
  for (const id of ['c1', 'c2', 'c1']) expect(await stop(id)).toMatchObject({ stopped: true })
  expect(await stop('c3')).toMatchObject({ error: { code: 'overloaded', retry_after_ms: -1 } })
})

it('keeps failed tasks for a retry up to a number, and stops the oldest ones beyond it', async () => {
  const { connect } = await serve({
    respond: failing(new Error('broken')),
    retry: { maxAttempts: 1 },
    limits: { failedPerConversation: 2 },
  })
  const client = await connect()
  await client.request('chat:join', joinAll)
  for (const id of ['t1', 't2', 't3']) {
    await client.request('chat:send', send(id))
    await client.event(({ type, task_id }) => type === 'error' && task_id === id)
  }
  expect(await client.event(({ type }) => type === 'stop')).toMatchObject({ task_id: 't1' })
  const { snapshot } = await client.request('chat:join', joinAll)
  expect(snapshot?.tasks.map(({ task_id }) => task_id)).toEqual(['t2', 't3'])
})

describe('connections', () => {
  it('of one user are refused beyond a number, until one of them ends', async () => {
    const { connect, open } = await serve({ authenticate: byToken, limits: { connectionsPerUser: 2 } })
    const first = await connect('ann')
    await connect('ann')
    const refused = await open({ protocol: 1, token: 'ann' }).refused()
    expect(refused.data).toMatchObject({ code: 'overloaded', retryable: true })
    await connect('bob')
    first.close()
    await expect
      .poll(() =>
        connect('ann').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })

  it('count once for a user who leaves the namespace and comes back over them, and leave nothing behind', async () => {
    const { connect, open, io } = await serve(
      { authenticate: byToken, limits: { connectionsPerUser: 2 } },
      { prepare: (io) => void io.of('/own') },
    )
    const client = await connect('ann')
    // Keeps the connection open.
    const own = client.socket.io.socket('/own')
    await new Promise((resolve) => own.once('connect', () => resolve(undefined)).connect())
    const [conn] = [...io.sockets.sockets.values()].map(({ conn }) => conn)
    const listeners = () => conn?.eventNames().map((name) => [name, conn.listenerCount(name)])
    const before = listeners()
    for (let n = 0; n < 5; n++) {
      client.socket.disconnect()
      await expect.poll(() => io.sockets.sockets.size).toBe(0)
      const back = client.connected()
      client.socket.connect()
      await back
    }
    expect(io.engine.clientsCount).toBe(1)
    expect(listeners()).toEqual(before)
    await connect('ann')
    expect((await open({ protocol: 1, token: 'ann' }).refused()).data).toMatchObject({ code: 'overloaded' })
    own.disconnect()
    client.close()
    await expect.poll(() => io.engine.clientsCount).toBe(1)
    await connect('ann')
  })

  it('are ended if they connect to a namespace several times at once, which would multiply their limits', async () => {
    const signIn: (() => void)[] = []
    const served: unknown[] = []
    const { open, connect, chat, io } = await serve({
      authenticate: async ({ token = '' }) => {
        if (token === 'ann') await new Promise<void>((resolve) => signIn.push(resolve))
        return { id: token }
      },
    })
    io.on('connection', ({ id, handshake }) => handshake.auth.token === 'ann' && served.push(id))
    const client = open({ protocol: 1, token: 'ann' })
    const ended = new Promise((resolve) => client.socket.io.once('close', resolve))
    client.socket.io.once('open', () => {
      const handshake = `0${JSON.stringify({ protocol: 1, token: 'ann' })}`
      for (let n = 1; n < 5; n++) client.socket.io.engine.write(handshake)
    })
    await expect.poll(() => signIn.length).toBe(5)
    for (const resolve of signIn) resolve()
    await ended
    await expect.poll(() => chat.stats().connections).toBe(0)
    expect(served.length).toBeLessThan(5)
    expect(await (await connect('bob')).request('chat:send', send('t'))).toMatchObject({ ok: true })
  })

  it('of one user are counted in each namespace that they connect to', async () => {
    const { chat, io, open } = await serve({ authenticate: byToken, limits: { connectionsPerUser: 2 } })
    const names = ['/one', '/two']
    for (const name of names) await chat.attach(io.of(name))
    const auth = { protocol: 1, token: 'ann' }
    const { io: manager } = open(auth).socket
    const [one, two] = names.map((name) => manager.socket(name, { auth }))
    await new Promise((resolve) => one?.once('connect', () => resolve(undefined)).connect())
    const refused = new Promise((resolve) => two?.once('connect_error', resolve))
    two?.connect()
    expect(await refused).toMatchObject({ data: { code: 'overloaded' } })
  })

  it('have no more conversations open than they may', async () => {
    const { connect } = await serve({ limits: { roomsPerConnection: 2 } })
    const client = await connect()
    for (const id of ['c1', 'c2']) await client.request('chat:join', { conversation_id: id, after: null })
    // The bucket of joins is as large as the number of rooms.
    const third = await ask(client, 'chat:join', { conversation_id: 'c3', after: null })
    expect(third.ok).toBe(false)
    await client.request('chat:leave', { conversation_id: 'c1' })
  })

  it('of one user take turns with what they read, four at a time, and hold up nobody else', async () => {
    const decide: (() => void)[] = []
    const { connect } = await serve({
      authenticate: byToken,
      access: async ({ user }) => {
        if (user.id === 'ann') await new Promise<void>((resolve) => decide.push(resolve))
        return user.id
      },
    })
    const tabs = await Promise.all(Array.from({ length: 10 }, () => connect('ann')))
    const joined = Promise.all(tabs.map((tab) => tab.request('chat:join', joinAll)))
    await expect.poll(() => decide.length).toBe(4)
    await (await connect('bob')).request('chat:join', joinAll)
    expect(decide).toHaveLength(4)
    for (let n = 0; n < 10; n++) {
      await expect.poll(() => decide.length).toBeGreaterThan(n)
      decide[n]?.()
    }
    expect(await joined).toHaveLength(10)
  })

  it('leave nothing behind if they end while the app decides about what they want to open', async () => {
    const decide: (() => void)[] = []
    const { connect, chat } = await serve({
      access: async ({ user, action }) => {
        if (action === 'read') await new Promise<void>((resolve) => decide.push(resolve))
        return user.id
      },
    })
    for (let n = 1; n <= 3; n++) {
      const client = await connect()
      client.socket.emit('chat:join', { conversation_id: `c${n}`, after: null }, () => {})
      await expect.poll(() => decide.length).toBe(n)
      client.close()
    }
    await expect.poll(() => chat.stats().connections).toBe(0)
    for (const allow of decide) allow()
    const last = await connect()
    await last.request('chat:stop', { ...c, task_id: 't' })
    await expect.poll(() => chat.stats()).toMatchObject({ connections: 1, conversations: 1 })
  })

  it('that do not read are cut also if the store was out of reach as the server was first attached', async () => {
    const store = memoryStore()
    const { listen } = store
    const io = new Server(0)
    const chat = new ChatServer({ store, respond: oneWord, limits: { pendingMs: 500, pendingBytes: 1e9 } })
    try {
      store.listen = () => Promise.reject(new Error('out of reach'))
      await expect(chat.attach(io)).rejects.toThrow('out of reach')
      store.listen = listen.bind(store)
      await chat.attach(io)
      const { port } = io.httpServer.address() as { port: number }
      const deaf = new WireClient(`http://127.0.0.1:${port}`)
      await deaf.connected()
      await deaf.request('chat:join', joinAll)
      tcpOf(deaf).pause()
      const value = 'x'.repeat(1_000_000)
      for (let n = 0; n < 20; n++) chat.broadcast({ scope: 'guest', conversationId: 'c', name: 'n', value })
      await expect.poll(() => chat.stats().connections, { timeout: 10_000 }).toBe(0)
      deaf.close()
    } finally {
      await chat.close({ drainMs: 0 })
      await io.close()
    }
  })

  it('that do not read are cut, whatever they ask for, and others are served meanwhile', async () => {
    const long = 'x'.repeat(60_000)
    const { connect, chat } = await serve({
      authenticate: byToken,
      access: () => 'team',
      limits: { pendingMs: 1500, joinBytes: 1_000_000, pendingBytes: 2_000_000 },
    })
    const [deaf, other] = [await connect('deaf'), await connect('other')]
    await other.request('chat:join', joinAll)
    for (let n = 0; n < 12; n++) {
      await other.request('chat:send', send(`t${n}`, long))
      await other.event((event) => event.type === 'finish' && event.task_id === `t${n}`)
    }
    const gone = deaf.disconnected()
    const tcp = tcpOf(deaf)
    tcp.pause()
    for (let n = 0; n < 90; n++) deaf.socket.emit('chat:join', { ...joinAll, limit: 50 }, () => {})
    await expect.poll(() => chat.stats().connections, { timeout: 10_000 }).toBe(1)
    expect(await other.request('chat:leave', c)).toEqual({ ok: true })
    tcp.resume()
    await gone
  })
})

describe('answers', () => {
  it('run at once up to a number for each user; the others wait for their turn', async () => {
    let running = 0
    let most = 0
    const release: (() => void)[] = []
    async function* counted({ user }: RespondRequest): AsyncGenerator<AnswerChunk> {
      if (user?.id === 'bob') return yield 'bob'
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => release.push(resolve))
      running -= 1
      yield 'word'
    }
    const { connect, chat } = await serve({
      authenticate: byToken,
      respond: counted,
      limits: { runsPerUser: 2 },
    })
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5']
    for (const id of ids) {
      await ann.request('chat:join', { conversation_id: id, after: null })
      await ann.request('chat:send', send('t', 'hello', id))
    }
    await expect.poll(() => chat.stats().waiting).toBe(3)
    await bob.request('chat:join', joinAll)
    await bob.request('chat:send', send('t'))
    await bob.event(isFinish)
    for (let n = 0; n < ids.length; n++) {
      await expect.poll(() => release.length).toBeGreaterThan(0)
      release.shift()?.()
    }
    for (const id of ids)
      await ann.event(({ type, conversation_id }) => type === 'finish' && conversation_id === id)
    expect(most).toBe(2)
    expect(chat.stats()).toMatchObject({ runs: 0, waiting: 0 })
  })

  it('begin in a place that becomes free also if the one whose turn it was is stopped while it waits', async () => {
    const { connect, chat } = await serve({ respond: endless, limits: { runsPerUser: 1 } })
    const client = await connect()
    for (const id of ['c1', 'c2', 'c3']) {
      await client.request('chat:join', { conversation_id: id, after: null })
      await client.request('chat:send', send('t', 'hello', id))
    }
    await expect.poll(() => chat.stats().waiting).toBe(2)
    await client.request('chat:stop', { conversation_id: 'c2', task_id: 't' })
    await client.request('chat:stop', { conversation_id: 'c1', task_id: 't' })
    await client.event(({ type, conversation_id }) => type === 'start' && conversation_id === 'c3')
  })

  it.each<[string, object, () => AsyncGenerator<AnswerChunk>]>([
    [
      'bytes',
      { answerBytes: 1000 },
      async function* () {
        for (;;) {
          yield 'word '
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      },
    ],
    [
      'bytes, if nothing makes it pause',
      { answerBytes: 1000 },
      async function* () {
        for (;;) yield 'word '
      },
    ],
    [
      'bytes, if the provider wants most of them back',
      { answerBytes: 1000 },
      async function* () {
        for (;;) yield { type: 'text', text: 'word ', private: { signature: 'x'.repeat(100) } }
      },
    ],
    [
      'time',
      { answerMs: 300 },
      async function* () {
        for (;;) {
          yield 'word '
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      },
    ],
  ])('end as failed, with their text kept, at a limit of %s', async (_what, limits, respond) => {
    const { connect } = await serve({ respond, limits })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    expect(await client.event(({ type }) => type === 'error')).toMatchObject({ retry_after_ms: -1 })
    const { snapshot } = await client.request('chat:join', joinAll)
    expect(snapshot?.messages[1]).toMatchObject({ status: 'failed' })
    expect(textOf(client.events)).toMatch(/^(word )+$/)
    expect(textOf(client.events).length).toBeLessThanOrEqual(1005)
  })
})

describe('a join and a page of history', () => {
  it('fit a connection also if the answer is in a script whose letters have three bytes', async () => {
    const { connect } = await serve({
      limits: { answerBytes: 100_000, joinBytes: 100_000, pendingBytes: 200_000 },
      async *respond() {
        for (let n = 0; n < 99; n++) yield '語'.repeat(1000)
      },
    })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    expect(await client.event(({ type }) => type === 'error')).toMatchObject({ retry_after_ms: -1 })
    const { snapshot } = await (await connect()).request('chat:join', joinAll)
    expect(snapshot?.messages.at(-1)).toMatchObject({ status: 'failed' })
  })

  it('hold as many of the newest messages as their bytes allow, one at least, and every task', async () => {
    const { connect } = await serve({
      limits: { messageBytes: 3000, answerBytes: 3000, joinBytes: 5000, pendingBytes: 10_000 },
      respond: oneWord,
    })
    const client = await connect()
    await client.request('chat:join', joinAll)
    for (let n = 0; n < 6; n++) {
      await client.request('chat:send', send(`t${n}`, 'x'.repeat(2000)))
      await client.event((event) => event.type === 'finish' && event.task_id === `t${n}`)
    }
    const { snapshot } = await client.request('chat:join', joinAll)
    expect(snapshot?.has_older).toBe(true)
    expect(JSON.stringify(snapshot?.messages).length).toBeLessThanOrEqual(5000)
    expect(snapshot?.messages.at(-1)).toMatchObject({ role: 'assistant', task_id: 't5' })
    const before = snapshot?.messages[0]?.id ?? ''
    const page = await client.request('chat:history', { ...c, before, limit: 50 })
    expect(page.messages.length).toBeGreaterThan(0)
    expect(JSON.stringify(page.messages).length).toBeLessThanOrEqual(5000)
    expect(page.has_older).toBe(true)
  })
})
