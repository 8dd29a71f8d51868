import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import type { LogFields } from '../../src/shared/logger.js'
import { connectionIs, liveChat } from '../support/live-chat.js'
import {
  answers,
  mswChatServer,
  type Script,
  type ScriptedConnection,
  type ScriptedRequest,
} from '../support/msw-chat-server.js'
import { until } from '../support/until.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

const live = liveChat()
const server = mswChatServer()

const answerAll = ({ event, acknowledge }: ScriptedRequest) => acknowledge(answers[event])

/** A client that is connected and has joined; its time stands still unless a test moves it. */
async function joined(script: Partial<Script> = {}) {
  const clock = new VirtualClock()
  const { url, socketOptions } = server
  const client = live.client(url, { socketOptions, clock, random: () => 0.5 })
  const lines: (LogFields & { event: string })[] = []
  let logged = () => {}
  client.on('log', ({ event, fields }) => {
    lines.push({ event, ...fields })
    logged()
  })
  const connections: ScriptedConnection[] = []
  const connecting: Script['connecting'] = (connection) => {
    connections.push(connection)
    connection.accept()
  }
  server.follow({ connecting, asked: answerAll })
  const conversation = client.conversation('demo')
  const joins = nextLine('connection')
  conversation.subscribe(() => {})
  await joins
  await connectionIs(client, 'connected')
  await settle()
  server.follow({ connecting, asked: answerAll, ...script })

  function nextLine(event: string) {
    const from = lines.length
    const probe = () => lines.slice(from).find((line) => line.event === event)
    return until(probe, {
      subscribe: (check) => {
        logged = check
        return () => {
          logged = () => {}
        }
      },
    })
  }
  const connection = () => {
    const newest = connections.at(-1)
    if (!newest) throw new Error('unable to push; there is no connection')
    return newest
  }
  return { client, clock, conversation, connection, connections, nextLine, lines }
}

const envelope = { conversation_id: 'demo', epoch: 'e1', timestamp: '2026-01-01T00:00:00.000Z' }
const message = (offset: number, text: string) => ({
  ...envelope,
  type: 'message',
  offset,
  message: {
    id: `m${offset}`,
    role: 'user',
    parts: [{ type: 'text', text }],
    created_at: envelope.timestamp,
  },
})

describe('garbage in a push', () => {
  it.each([
    ['nothing', null],
    ['a number', 42],
    ['a text', 'chat'],
    ['an empty object', {}],
    ['an event without an envelope', { type: 'message' }],
    ['an event of offset 0', message(0, 'zero')],
    ['binary data', new Uint8Array([1, 2, 3])],
    ['a prototype to pollute', JSON.parse('{"__proto__":{"polluted":true},"type":"delta"}')],
  ])('such as %s is dropped with a line in the log, and what follows is shown', async (_name, payload) => {
    const { connection, nextLine, conversation, client } = await joined()
    const invalid = nextLine('event_invalid')
    connection().push('chat:event', payload)
    await invalid
    connection().push('chat:event', message(1, 'after the garbage'))
    await until(() => conversation.getSnapshot().messages.length === 1, {
      subscribe: (check) => conversation.on('message', check),
    })
    expect(conversation.getSnapshot().messages.map(messageText)).toEqual(['after the garbage'])
    expect(client.getSnapshot().connection.status).toBe('connected')
    expect({}).not.toHaveProperty('polluted')
  })

  it('is no matter where it is an event that nobody listens to', async () => {
    const { connection, conversation, client } = await joined()
    connection().push('chat:unheard-of', { anything: true })
    connection().push('chat:event', message(1, 'after it'))
    await until(() => conversation.getSnapshot().messages.length === 1, {
      subscribe: (check) => conversation.on('message', check),
    })
    expect(client.getSnapshot().connection.status).toBe('connected')
  })
})

it('a notice of closing that can not be read is dropped with a line in the log', async () => {
  const { connection, nextLine, client } = await joined()
  const invalid = nextLine('event_invalid')
  connection().push('chat:closing', 'soon')
  await invalid
  expect(client.getSnapshot().connection.status).toBe('connected')
})

describe('garbage in the transport', () => {
  it.each([
    ['a packet that is none', '4garbage'],
    ['a frame of no known type', 'xyz'],
    ['an event that is no JSON', '42["chat:event",'],
    ['a binary frame that nothing announced', new Uint8Array([1, 2, 3])],
  ])('such as %s costs the connection, which comes back and goes on', async (_name, frame) => {
    const { connection, connections, client, clock, conversation } = await joined()
    const lost = connectionIs(client, 'waiting')
    connection().sendFrame(frame)
    await lost
    await clock.advance(1000)
    await connectionIs(client, 'connected')
    expect(connections).toHaveLength(2)
    connection().push('chat:event', message(1, 'over the new one'))
    await until(() => conversation.getSnapshot().messages.length === 1, {
      subscribe: (check) => conversation.on('message', check),
    })
  })
})

describe('an acknowledgement', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ok'],
    ['a bare yes', { ok: true }],
    ['a bare no', { ok: false }],
    ['a refusal without a reason', { ok: false, error: 'no' }],
    ['an offset that is none', { ...answers['chat:send'], offset: '1' }],
    ['a state that is none', { ...answers['chat:send'], state: 'done' }],
  ])('of %s counts as none: the message is sent again, under the same id', async (_name, wrong) => {
    const { conversation, clock } = await joined({
      asked: (request) => {
        const first = server.asked('chat:send').length === 1
        if (request.event === 'chat:send' && first) request.acknowledge(wrong)
        else answerAll(request)
      },
    })
    const retrying = until(() => conversation.getSnapshot().retryState, {
      subscribe: (check) => conversation.on('retry', check),
    })
    const task = conversation.sendMessage('Hello')
    expect((await retrying).error.code).toBe('timeout')
    await clock.advance(100)
    await task.accepted
    expect(server.asked('chat:send').map(({ payload }) => payload.task_id)).toEqual([task.id, task.id])
  })

  it('that never comes ends in a clear error after three tries', async () => {
    const { conversation, clock } = await joined({
      asked: (request) => {
        if (request.event !== 'chat:send') answerAll(request)
      },
    })
    const task = conversation.sendMessage('Hello')
    const ended = task.accepted.then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    )
    for (const tries of [1, 2, 3]) {
      await until(() => server.asked('chat:send').length === tries, {
        subscribe: server.subscribe,
      })
      expect(conversation.getSnapshot().messages).toMatchObject([{ status: 'sending' }])
      await clock.advance(10_000)
      await clock.advance(100)
    }
    expect(await ended).toBe('timeout')
    expect(server.asked('chat:send').map(({ payload }) => payload.task_id)).toEqual([
      task.id,
      task.id,
      task.id,
    ])
    expect(conversation.getSnapshot().messages).toMatchObject([{ status: 'failed' }])
  })

  it('that never comes to a join shows a dead connection, which is replaced', async () => {
    const { client, conversation, clock, connections } = await joined({ asked: () => {} })
    conversation.sendMessage('Hello')
    const replaced = until(() => connections.length === 2, { subscribe: client.subscribe })
    // The send goes unanswered, and then the question whether anybody is there.
    await clock.advance(10_000)
    await clock.advance(10_000)
    await replaced
  })
})
