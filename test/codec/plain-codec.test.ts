import { describe, expect, it } from 'vitest'
import { messageText, plainCodec } from '../../src/index.js'
import { plainServer } from '../support/plain-server.js'
import { outcome, transcript } from '../support/set-up.js'

const codec = plainCodec({
  events: ['message', 'done', 'error'],
  encode: ({ conversationId, input }) =>
    input.kind === 'message'
      ? {
          event: 'chat',
          payload: { conversation: conversationId, text: (input.message.parts[0] as { text: string }).text },
        }
      : null,
  decode: (event, payload) => {
    if (event === 'done') return [{ type: 'finish' }]
    if (event === 'error') return [{ type: 'error', error: payload }]
    return [{ type: 'text', text: String(payload) }]
  },
})

function setUp() {
  const server = plainServer()
  return { ...server, ...server.open({ codec, locale: 'zh-CN' }) }
}

describe('a server without protocol v1', () => {
  it('streams its answer into the conversation', async () => {
    const { clock, conversation, emitted, say } = setUp()
    await clock.advance(10)
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    expect(emitted).toEqual([{ event: 'chat', payload: { conversation: 'demo', text: 'Hello' } }])
    expect(await outcome(task.accepted)).toBe('resolved')
    await say('message', 'Hi ')
    await say('message', 'there')
    expect(conversation.getSnapshot().status).toBe('streaming')
    await say('done')
    expect(messageText(await task.finished)).toBe('Hi there')
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: Hello (sent)',
      'assistant: Hi there (complete)',
    ])
  })

  it('that sends the quoted key of its exception never shows it to the person', async () => {
    const { clock, conversation, say } = setUp()
    await clock.advance(10)
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('error', "'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'")
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('initializing')
    const { error, messages } = conversation.getSnapshot()
    expect(error).toMatchObject({ category: 'temporary', userMessage: '系统正在初始化，请稍后重试' })
    expect(JSON.stringify([error, messages])).not.toContain('60f2ccbd')
  })

  it('is asked again only where its error says that this helps', async () => {
    const { clock, conversation, emitted, say } = setUp()
    await clock.advance(10)
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('message', 'half an ans')
    await say('error', {
      type: 'error',
      error: 'x',
      error_code: 'temporary',
      retryable: true,
      timestamp: 't',
    })
    expect(conversation.getSnapshot().retryState).toMatchObject({ attempt: 2 })
    await clock.advance(1100)
    expect(emitted).toHaveLength(2)
    await say('message', 'whole answer')
    await say('done')
    expect(messageText(await task.finished)).toBe('whole answer')
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('gets no message twice by itself: a lost connection ends what was under way, and the person decides', async () => {
    const { clock, conversation, emitted, say, drop } = setUp()
    await clock.advance(10)
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('message', 'half')
    drop()
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('interrupted')
    expect(emitted).toHaveLength(1)
    const again = conversation.retry()
    await clock.advance(10)
    expect(emitted).toHaveLength(2)
    await say('message', 'all of it')
    await say('done')
    expect(messageText(await again.finished)).toBe('all of it')
  })

  it('that falls silent is not waited for without end', async () => {
    const { clock, conversation } = setUp()
    await clock.advance(10)
    const task = conversation.sendMessage('Hello')
    await clock.advance(120_000)
    expect(await outcome(task.finished)).toBe('timeout')
  })

  it('refuses what it has nothing for', async () => {
    const { clock, conversation, emitted } = setUp()
    await clock.advance(10)
    const task = conversation.addToolOutput({ toolCallId: 'call', output: 1 })
    await clock.advance(1000)
    expect(await outcome(task.finished)).toBe('invalid_message')
    expect(emitted).toEqual([])
  })
})

describe('a conversation without protocol v1 that was left', () => {
  it('is used again as if it were new: such a server can not say what was before', async () => {
    const { clock, client, emitted, say } = setUp()
    const other = client.conversation('other')
    const unsubscribe = other.subscribe(() => {})
    await clock.advance(10)
    const first = other.sendMessage('Hello')
    await clock.advance(10)
    await say('message', 'Hi')
    await say('done')
    expect(messageText(await first.finished)).toBe('Hi')
    unsubscribe()
    await clock.advance(600_000)
    const again = client.conversation('other')
    again.subscribe(() => {})
    const second = again.sendMessage('Again')
    await clock.advance(60_000)
    expect(emitted).toHaveLength(2)
    expect(await outcome(second.accepted)).toBe('resolved')
    expect(again.getSnapshot().discontinuity).toBeNull()
  })

  it('is used again after signing out', async () => {
    const { clock, client, conversation, emitted, say } = setUp()
    await clock.advance(10)
    conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('message', 'Hi')
    await say('done')
    await client.signOut()
    client.connect()
    const task = client.conversation('demo').sendMessage('Again')
    await clock.advance(5000)
    expect(emitted).toHaveLength(2)
    await say('message', 'Hi again')
    await say('done')
    expect(messageText(await task.finished)).toBe('Hi again')
  })
})
