import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { accepted, joined, scripted } from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

type Payload = { readonly conversation_id: string; readonly task_id: string; readonly input?: unknown }

const isPoison = ({ input }: Payload) => JSON.stringify(input ?? '').includes('poison')

/** A server that drops the connection if `breaks` says so of a request, and accepts every message otherwise. */
function breaking(breaks: (event: string, payload: Payload) => boolean, options: object = {}) {
  const answerUnlessBroken = (event: string, answer: () => unknown) => (payload: Payload) => {
    if (!breaks(event, payload)) return answer()
    s.clock.setTimeout(() => s.cut(), 10)
    return undefined
  }
  const s: ReturnType<typeof scripted> = scripted(
    {
      'chat:join': answerUnlessBroken('chat:join', () => joined({})),
      'chat:send': answerUnlessBroken('chat:send', () => accepted(1)),
      'chat:stop': answerUnlessBroken('chat:stop', () => ({
        ok: true,
        epoch: 'e',
        offset: 0,
        stopped: true,
      })),
    },
    options,
  )
  const sent = (text: string) =>
    s.asked('chat:send').filter(({ payload }) => JSON.stringify(payload).includes(text)).length
  return { ...s, sent }
}

describe('a message at which the server drops the connection', () => {
  it('fails after four losses that nothing else explains, and nothing else fails', async () => {
    const s = breaking((event, payload) => event === 'chat:send' && isPoison(payload))
    const others = ['one', 'two', 'three'].map((id) => s.client.conversation(id))
    for (const conversation of [s.conversation, ...others]) conversation.subscribe(() => {})
    await s.clock.advance(100)
    const poison = s.conversation.sendMessage('poison')
    const good = [s.conversation, ...others].map((conversation) => conversation.sendMessage('good'))
    await s.clock.advance(60_000)
    expect(await outcome(poison.accepted)).toBe('interrupted')
    for (const task of good) expect(await outcome(task.accepted)).toBe('resolved')
    // Once among the others, and four times alone.
    expect(s.sent('poison')).toBe(5)
    expect(s.conversation.getSnapshot().error?.code).toBe('interrupted')
  })

  it.each([1, 5])('fails in the end also while %i other requests are never answered', async (count) => {
    const s = breaking((event, payload) => event === 'chat:send' && isPoison(payload))
    const answers = () => joined({})
    s.rewrite({
      'chat:join': ({ conversation_id }) => (conversation_id.startsWith('hung') ? undefined : answers()),
    })
    const hung = Array.from({ length: count }, (_, index) => s.client.conversation(`hung ${index}`))
    const other = s.client.conversation('other')
    for (const [index, conversation] of [s.conversation, other, ...hung].entries()) {
      conversation.subscribe(() => {})
      await s.clock.advance(index * 700)
    }
    const poison = s.conversation.sendMessage('poison')
    const good = [s.conversation, other].map((conversation) => conversation.sendMessage('good'))
    await s.clock.advance(300_000)
    expect(await outcome(poison.accepted)).toBe('interrupted')
    for (const task of good) expect(await outcome(task.accepted)).toBe('resolved')
    expect(s.sent('poison')).toBeLessThanOrEqual(12)
  })

  it('is not sent by the next page', async () => {
    const storage = memoryOutbox()
    const options = { identity: 'ann', storage }
    const s = breaking((event, payload) => event === 'chat:send' && isPoison(payload), options)
    s.conversation.sendMessage('poison')
    await s.clock.advance(60_000)
    await s.client.close()
    const next = breaking(() => false, options)
    next.conversation.subscribe(() => {})
    await next.clock.advance(60_000)
    expect(next.sent('poison')).toBe(0)
  })

  it('can be tried again by the person, as often as before', async () => {
    const s = breaking((event, payload) => event === 'chat:send' && isPoison(payload))
    const task = s.conversation.sendMessage('poison')
    await s.clock.advance(60_000)
    const before = s.sent('poison')
    const again = s.conversation.retry(task.id)
    await s.clock.advance(60_000)
    expect(await outcome(again.accepted)).toBe('interrupted')
    expect(s.sent('poison')).toBe(2 * before)
  })
})

describe('a connection that breaks by itself', () => {
  it('three times while one message is unanswered, and ever again while several are, fails none of them', async () => {
    let losses = 0
    const s = breaking((event) => event === 'chat:send' && losses++ < 4)
    const conversations = ['demo', 'one', 'two', 'three'].map((id) => s.client.conversation(id))
    const tasks = conversations.map((conversation) => conversation.sendMessage('good'))
    await s.clock.advance(300_000)
    for (const task of tasks) expect(await outcome(task.accepted)).toBe('resolved')
  })
})

describe('a stop at which the server drops the connection', () => {
  it('fails in the end, and its answer goes on', async () => {
    const s = breaking((event) => event === 'chat:stop')
    const task = s.conversation.sendMessage('good')
    await s.clock.advance(1000)
    const stopped = s.conversation.stop(task.id)
    await s.clock.advance(60_000)
    expect(await outcome(stopped)).toBe('interrupted')
    const asked = s.asked('chat:stop').length
    expect(asked).toBe(4)
    await s.clock.advance(60_000)
    expect(s.asked('chat:stop')).toHaveLength(asked)
  })
})

describe('a join at which the server drops the connection', () => {
  it('fails on its own screen, while the other conversations go on, and can be tried again', async () => {
    const s = breaking((event, { conversation_id }) => event === 'chat:join' && conversation_id === 'demo')
    const other = s.client.conversation('other')
    s.conversation.subscribe(() => {})
    other.subscribe(() => {})
    await s.clock.advance(60_000)
    expect(s.conversation.getSnapshot().error?.code).toBe('interrupted')
    const task = other.sendMessage('good')
    await s.clock.advance(1000)
    expect(await outcome(task.accepted)).toBe('resolved')
    const asked = s.asked('chat:join').length
    s.rewrite({ 'chat:join': () => joined({}) })
    s.conversation.clearError()
    await s.clock.advance(1000)
    expect(s.asked('chat:join')).toHaveLength(asked + 1)
    expect(s.conversation.getSnapshot().error).toBeNull()
  })
})
