import { describe, expect, it } from 'vitest'
import { AppError, type ChatTask, type Conversation, messageText } from '../../src/index.js'
import { setUp } from '../support/set-up.js'

const boom = () => {
  throw new Error('boom')
}

const cycle: Record<string, unknown> = {}
cycle.self = cycle

const text = 'Hello'
const hostile: [field: string, what: string, input: unknown][] = [
  ['message', 'nothing', undefined],
  ['message', 'null', null],
  ['message', 'a number', 5],
  ['message', 'a list', []],
  ['message', 'a function', () => 'Hello'],
  ['text', 'an empty text', ''],
  ['text', 'blanks', ' \n '],
  ['text', 'an empty object', {}],
  ['text', 'a number as text', { text: 5 }],
  [
    'text',
    'a text that throws when it is read',
    {
      get text() {
        return boom()
      },
    },
  ],
  ['text', 'a proxy that refuses everything', new Proxy({}, { get: boom, ownKeys: boom, has: boom })],
  ['parts', 'parts that are no list', { parts: 'Hello' }],
  [
    'parts',
    'parts that throw',
    {
      get parts() {
        return boom()
      },
    },
  ],
  ['parts', '10,001 parts', { parts: Array(10_001).fill({ type: 'text', text }) }],
  ['parts[0]', 'a part that is null', { parts: [null] }],
  ['parts[1]', 'a text part without text', { parts: [{ type: 'text', text }, { type: 'text' }] }],
  ['parts[0]', 'a part without a type', { parts: [{ text }] }],
  [
    'parts[0]',
    'a data part whose value JSON drops',
    { parts: [{ type: 'data', name: 'n', value: undefined }] },
  ],
  ['parts', 'a BigInt', { parts: [{ type: 'data', name: 'n', value: 5n }] }],
  ['parts', '101 parts', { parts: Array(101).fill({ type: 'text', text }) }],
  ['parts[0]', 'a part of an unknown type', { parts: [{ type: 'hologram' }] }],
  [
    'parts[0]',
    'a tool call',
    { parts: [{ type: 'tool', toolCallId: 'x1', name: 'pay', state: 'approval', input: {} }] },
  ],
  ['metadata', 'metadata in a circle', { text, metadata: cycle }],
  ['metadata', 'metadata that is a list', { text, metadata: [] }],
  ['metadata', 'metadata that is a text', { text, metadata: 'x' }],
  [
    'metadata',
    'metadata with a getter that throws',
    {
      text,
      metadata: {
        get secret() {
          return boom()
        },
      },
    },
  ],
  ['metadata', "metadata that won't be JSON", { text, metadata: { toJSON: boom } }],
  ['metadata', 'metadata that is a function', { text, metadata: boom }],
]

async function refusalOf(task: ChatTask) {
  const ends = await Promise.allSettled([task.accepted, task.finished])
  const [error, same] = ends.map((end) => (end.status === 'rejected' ? end.reason : end.status))
  expect(same).toBe(error)
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

describe('a message that can not be one', () => {
  for (const [field, what, input] of hostile) {
    it(`is refused by the name of its field, and adds nothing: ${what}`, async () => {
      const { conversation, network, clock } = setUp()
      const error = await refusalOf(conversation.sendMessage(input as never))
      expect(error).toMatchObject({ code: 'invalid_message', category: 'validation', details: { field } })
      expect(error.message).toContain(`unable to send the message; ${field}: `)
      expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'error', error })
      await clock.advance(1000)
      expect(network.handshakes).toEqual([])
    })
  }

  it('of 10 MB is refused for its size, without being sent', async () => {
    const { conversation } = setUp()
    const error = await refusalOf(conversation.sendMessage('x'.repeat(10_000_000)))
    expect(error.code).toBe('message_too_large')
    expect(conversation.getSnapshot().messages).toEqual([])
  })

  it('is measured in the bytes of its JSON, as the server does', async () => {
    const { conversation, clock } = setUp({ client: { limits: { maxMessageBytes: 500 } } })
    const fits = conversation.sendMessage('é'.repeat(120))
    expect((await refusalOf(conversation.sendMessage('é'.repeat(250)))).code).toBe('message_too_large')
    await clock.advance(2000)
    await fits.accepted
  })
})

describe('any other action that is called wrongly', () => {
  const calls: [field: string, act: (conversation: Conversation) => ChatTask][] = [
    ['messageId', (it) => it.editMessage(5 as never, 'x')],
    ['messageId', (it) => it.editMessage('', 'x')],
    ['text', (it) => it.editMessage('m1', ' ')],
    ['message', (it) => it.editMessage('m1', undefined as never)],
    ['messageId', (it) => it.regenerate({ messageId: {} as never })],
    ['toolCallId', (it) => it.addToolOutput(undefined as never)],
    ['toolCallId', (it) => it.addToolOutput({ output: 1 } as never)],
    ['output', (it) => it.addToolOutput({ toolCallId: 'c1', output: 5n })],
    ['output', (it) => it.addToolOutput({ toolCallId: 'c1', output: cycle })],
    ['approved', (it) => it.respondToApproval({ toolCallId: 'c1' } as never)],
    ['approved', (it) => it.respondToApproval(null as never)],
    ['toolCallId', (it) => it.respondToApproval({ toolCallId: '', approved: true })],
  ]
  for (const [index, [field, act]] of calls.entries()) {
    it(`is refused by the name of its field: ${field} (${index + 1})`, async () => {
      const { conversation } = setUp()
      const error = await refusalOf(act(conversation))
      expect(error).toMatchObject({ code: 'invalid_message', details: { field } })
      expect(conversation.getSnapshot().messages).toEqual([])
    })
  }

  it("regenerate without an answer says so, also when a click's event is passed along", async () => {
    const { conversation } = setUp()
    expect((await refusalOf(conversation.regenerate())).code).toBe('unknown_message')
    expect((await refusalOf(conversation.regenerate({ type: 'click' } as never))).code).toBe(
      'unknown_message',
    )
    expect((await refusalOf(conversation.regenerate(null as never))).code).toBe('unknown_message')
  })

  it('regenerate with an id alone is refused, and does not take the last answer for it', async () => {
    const { clock, conversation, responder } = setUp({ responder: { words: 1 } })
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect((await refusalOf(conversation.regenerate('an id' as never))).code).toBe('invalid_message')
    await clock.advance(1000)
    expect(responder.runs).toBe(1)
  })

  it('retry of what has not failed, stop and discard of what is not there do no harm', async () => {
    const { conversation } = setUp()
    expect((await refusalOf(conversation.retry())).code).toBe('unknown_task')
    expect((await refusalOf(conversation.retry('nonsense'))).code).toBe('unknown_task')
    await conversation.stop()
    await conversation.stop('nonsense')
    expect(conversation.discard('nonsense')).toBe(false)
    expect(conversation.retryNow()).toBe(false)
    expect(conversation.retryNow('nonsense')).toBe(false)
    await conversation.loadOlder()
  })
})

describe('a message once it is given', () => {
  it('can not be changed any more through the objects that it was made of', async () => {
    const { clock, conversation, network } = setUp()
    const part = { type: 'text' as const, text: 'before' }
    const metadata = { nested: { colour: 'red' } }
    const parts = [part]
    conversation.sendMessage({ parts, metadata })
    part.text = 'after'
    parts.push(part)
    metadata.nested.colour = 'green'
    const shown = conversation.getSnapshot().messages[0]
    expect(shown && messageText(shown)).toBe('before')
    await clock.advance(1000)
    expect(network.sent('chat:send')[0]?.payload.input).toMatchObject({
      message: { parts: [{ text: 'before' }], metadata: { nested: { colour: 'red' } } },
    })
  })

  it('pollutes no prototype', async () => {
    const { clock, conversation, network } = setUp()
    conversation.sendMessage({ text: 'Hello', metadata: JSON.parse('{"__proto__":{"polluted":true}}') })
    await clock.advance(1000)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(conversation.getSnapshot().messages[0]?.metadata?.polluted).toBeUndefined()
    expect(network.sent('chat:send')).toHaveLength(1)
  })

  it('keeps its parts and metadata on the way there and back', async () => {
    const { clock, conversation } = setUp()
    const input = {
      text: 'Look',
      parts: [{ type: 'file' as const, url: 'https://x.test/a.png', mediaType: 'image/png', size: 5 }],
      metadata: { draft: 1 },
    }
    conversation.sendMessage(input)
    const before = conversation.getSnapshot().messages[0]
    await clock.advance(1000)
    const { parts, metadata } = conversation.getSnapshot().messages[0] ?? {}
    expect({ parts, metadata }).toEqual({ parts: before?.parts, metadata: input.metadata })
    expect(parts).toEqual([{ type: 'text', text: 'Look' }, ...input.parts])
  })
})
