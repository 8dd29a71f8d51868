import { describe, expect, it } from 'vitest'
import type { RunningServer, ServerOptions } from '../../examples/mock-server/start-server.js'
import { messageText } from '../../src/index.js'
import { systemClock } from '../../src/shared/clock.js'
import { connectionIs, lastText, liveChat, logOf, wordsAre } from '../support/live-chat.js'
import { WordResponder, wordsOf } from '../support/word-responder.js'

const live = liveChat()

async function serveWords({ words = 12, pace = 4 } = {}, options: ServerOptions = {}) {
  const responder = new WordResponder({ clock: systemClock, words, pace })
  const server = await live.serve({ responder, ...options })
  return { server, responder }
}

/** Sends one message, and checks that the answer is what the log has: one run's text, whole. */
async function expectWholeAnswer(
  server: RunningServer,
  user: string,
  words: number,
  answer: Promise<unknown>,
) {
  const text = messageText((await answer) as Parameters<typeof messageText>[0])
  const run = Number(/^r(\d+)w1 /.exec(text)?.[1])
  expect(text).toBe(wordsOf(run, words))
  const log = await logOf(server, user)
  expect(log.texts).toEqual([text])
  expect(log.events.filter(({ type }) => type === 'start')).toHaveLength(1)
}

describe('an answer under way', () => {
  it('continues exactly, after whichever delta the server’s side breaks off', async () => {
    const words = 12
    const { server, responder } = await serveWords({ words })
    const cuts = Array.from({ length: words }, (_, index) => index + 1)
    await Promise.all(
      cuts.map(async (after) => {
        const user = `user${after}`
        server.faults.add(user, { kind: 'disconnect', after })
        const client = live.client(server.url, { auth: user })
        let connections = 0
        client.on('connection', ({ status }) => {
          if (status === 'connected') connections++
        })
        await expectWholeAnswer(
          server,
          user,
          words,
          client.conversation('demo').sendMessage('Hello').finished,
        )
        // The last delta's cut may come after the answer is known to be whole; all others are survived.
        if (after < words) expect(connections).toBe(2)
      }),
    )
    expect(responder.runs).toBe(words)
  })

  it('continues exactly, after whichever word the network breaks', async () => {
    const words = 12
    const { server, responder } = await serveWords({ words })
    const cuts = Array.from({ length: words - 1 }, (_, index) => index + 1)
    await Promise.all(
      cuts.map(async (after) => {
        const proxy = await live.proxy(server.url)
        const client = live.client(proxy.url, { auth: `user${after}` })
        const conversation = client.conversation('demo')
        const task = conversation.sendMessage('Hello')
        await wordsAre(conversation, after)
        proxy.cut()
        await expectWholeAnswer(server, `user${after}`, words, task.finished)
      }),
    )
    expect(responder.runs).toBe(words - 1)
  })

  it('survives one break after the other', async () => {
    const words = 20
    const { server, responder } = await serveWords({ words, pace: 10 })
    server.faults.add('guest', { kind: 'disconnect', after: 3, times: 5 })
    const conversation = live.client(server.url).conversation('demo')
    await expectWholeAnswer(server, 'guest', words, conversation.sendMessage('Hello').finished)
    expect(responder.runs).toBe(1)
  })

  it('is the same over HTTP long-polling, where no WebSocket gets through', async () => {
    const words = 12
    const { server } = await serveWords({ words })
    const proxy = await live.proxy(server.url)
    const polling = { socketOptions: { transports: ['polling'] } }
    const conversation = live.client(proxy.url, polling).conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 4)
    proxy.cut()
    await expectWholeAnswer(server, 'guest', words, task.finished)
    expect(proxy.received()).not.toContain('101 Switching Protocols')
  })

  it('is whole where pushes are lost or come twice', async () => {
    const { server } = await serveWords()
    for (const kind of ['skip_push', 'duplicate_push', 'skip_push'] as const)
      server.faults.add('guest', { kind })
    const conversation = live.client(server.url).conversation('demo')
    const discontinuities: unknown[] = []
    conversation.on('discontinuity', (notice) => discontinuities.push(notice))
    await expectWholeAnswer(server, 'guest', 12, conversation.sendMessage('Hello').finished)
    expect(discontinuities).toEqual([])
  })

  it('is whole where the server gathers events before it pushes them', async () => {
    const { server } = await serveWords({}, { flushMs: 10 })
    server.faults.add('guest', { kind: 'disconnect', after: 5 })
    const conversation = live.client(server.url).conversation('demo')
    await expectWholeAnswer(server, 'guest', 12, conversation.sendMessage('Hello').finished)
  })
})

describe('a connection that breaks', () => {
  it('comes back after the server has sent the client away', async () => {
    const { server } = await serveWords({ words: 3 })
    const client = live.client(server.url, {
      auth: ({ reason }) => (reason === 'connect' ? 'alice:1' : 'alice:2'),
    })
    client.connect()
    await connectionIs(client, 'connected')
    // socket.io-client never comes back by itself from an "io server disconnect".
    server.revoke('alice:1')
    await connectionIs(client, 'waiting')
    await connectionIs(client, 'connected')
    expect((await client.conversation('demo').sendMessage('Hello').finished).status).toBe('complete')
  })

  it('keeps what is written meanwhile in order, and sends each once', async () => {
    const { server, responder } = await serveWords({ words: 2 })
    const proxy = await live.proxy(server.url)
    const client = live.client(proxy.url)
    const conversation = client.conversation('demo')
    await conversation.sendMessage('one').finished
    proxy.mode = 'refuse'
    proxy.cut()
    const { error } = await connectionIs(client, 'waiting')
    expect(error.userMessage).toBe('The connection failed. Please check your network.')
    const tasks = ['two', 'three', 'four'].map((text) => conversation.sendMessage(text))
    expect(client.getSnapshot().queued).toBe(3)
    proxy.mode = 'pass'
    await Promise.all(tasks.map((task) => task.finished))
    expect(responder.asked).toEqual(['one', 'two', 'three', 'four'])
    expect((await logOf(server, 'guest')).messages).toHaveLength(8)
  })

  it('is given up where a server accepts it and never shakes hands, and tried again', async () => {
    const { server } = await serveWords({ words: 3 })
    const proxy = await live.proxy(server.url)
    proxy.mode = 'hang'
    const client = live.client(proxy.url, { timeouts: { connect: 100 } })
    const task = client.conversation('demo').sendMessage('Hello')
    const { error } = await connectionIs(client, 'waiting')
    expect(error.code).toBe('timeout')
    proxy.mode = 'pass'
    expect((await task.finished).status).toBe('complete')
  })

  it('is missed by its heartbeat when it dies without a word', async () => {
    const words = 12
    const { server } = await serveWords({ words, pace: 10 }, { pingInterval: 60, pingTimeout: 60 })
    const proxy = await live.proxy(server.url)
    const client = live.client(proxy.url)
    const conversation = client.conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    proxy.freeze()
    await connectionIs(client, 'waiting')
    await expectWholeAnswer(server, 'guest', words, task.finished)
  })

  it('is replaced when requests go unanswered, long before a heartbeat is due', async () => {
    const { server, responder } = await serveWords({ words: 3 })
    const client = live.client(server.url, { timeouts: { acknowledge: 150 } })
    const conversation = client.conversation('demo')
    await conversation.sendMessage('first').finished
    server.faults.add('guest', { kind: 'half_open' })
    const answer = await conversation.sendMessage('second').finished
    expect(answer.status).toBe('complete')
    expect(responder.asked).toEqual(['first', 'second'])
    expect(conversation.getSnapshot().messages).toHaveLength(4)
  })

  it('is asked after when an accepted task falls silent, and its answer continues over a new one', async () => {
    const words = 12
    const { server } = await serveWords({ words, pace: 10 })
    const client = live.client(server.url, { timeouts: { acknowledge: 100, idle: 100 } })
    const conversation = client.conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    server.faults.add('guest', { kind: 'half_open' })
    await expectWholeAnswer(server, 'guest', words, task.finished)
  })
})

describe('a slow server', () => {
  it('is waited for: asking after a task does not start it twice', async () => {
    const { server, responder } = await serveWords({ words: 3 })
    server.faults.add('guest', { kind: 'slow', ms: 300 })
    const conversation = live.client(server.url, { timeouts: { idle: 50 } }).conversation('demo')
    await expectWholeAnswer(server, 'guest', 3, conversation.sendMessage('Hello').finished)
    expect(lastText(conversation)).toBe(wordsOf(1, 3))
    expect(responder.runs).toBe(1)
  })
})
