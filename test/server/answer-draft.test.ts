import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import { reduce } from '../../src/event-log/log-reducer.js'
import { emptyLog } from '../../src/event-log/log-state.js'
import { toArray } from '../../src/event-log/message-list.js'
import { messageFromWire } from '../../src/message/wire-message.js'
import { AnswerDraft, type StoredChunk } from '../../src/server/conversation/answer-draft.js'
import { conversationState } from '../../src/server/conversation/conversation-state.js'
import { foldEvent } from '../../src/server/conversation/fold-event.js'
import { publicEvent, publicMessage } from '../../src/server/conversation/leaving.js'
import { callsToRun } from '../../src/server/conversation/tool-calls.js'
import type { StoredEvent } from '../../src/server/store/stored-event.js'
import { userMessage } from '../protocol/samples.js'

const answer = { task_id: 't1', message_id: 'a1' }
const begun: StoredEvent[] = [
  { type: 'message', task_id: 't1', message: userMessage },
  { type: 'start', ...answer, attempt: 1 },
]

const fold = (events: readonly StoredEvent[]) => {
  const state = conversationState('e1', 0, [])
  for (const [index, event] of events.entries()) foldEvent(state, { offset: index + 1, at: 0, event })
  return state
}

const eventsOf = (chunks: readonly StoredChunk[], draft = new AnswerDraft('t1', 'a1')) =>
  chunks.map((chunk) => draft.add(chunk)).filter((event) => event !== null)

/** The answer that these chunks make, as the server stores it. */
const storedBy = (...chunks: StoredChunk[]) => fold([...begun, ...eventsOf(chunks)]).messages.get('a1')
const partsBy = (...chunks: StoredChunk[]) => storedBy(...chunks)?.parts

const call = { type: 'tool', toolCallId: 'c1' } as const

describe('the parts that chunks make', () => {
  it('join texts that follow one another', () => {
    expect(partsBy('Hel', { type: 'text', text: 'lo' }, { type: 'reasoning', text: 'Hm' }, 'Bye')).toEqual([
      { type: 'text', text: 'Hello' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Bye' },
    ])
  })

  it('keep texts of two ids apart, also if they grow in turns', () => {
    expect(
      partsBy(
        { type: 'text', id: '1', text: 'a' },
        { type: 'text', id: '2', text: 'x' },
        { type: 'text', id: '1', text: 'b' },
        { type: 'text', id: '2', text: 'y' },
      ),
    ).toEqual([
      { type: 'text', text: 'ab' },
      { type: 'text', text: 'xy' },
    ])
  })

  it('are none for an empty text', () => {
    expect(eventsOf(['', { type: 'text', text: '' }, { type: 'reasoning', text: '', id: 'r' }])).toEqual([])
  })

  it('keep what the provider wants back, also if it comes at the end', () => {
    expect(
      partsBy(
        { type: 'reasoning', id: 'r1', text: 'Hm', private: { id: 'rs_1' } },
        { type: 'reasoning', id: 'r1', text: '.' },
        { type: 'reasoning', id: 'r1', text: '', private: { signature: 's' } },
      ),
    ).toEqual([{ type: 'reasoning', text: 'Hm.', private: { id: 'rs_1', signature: 's' } }])
  })

  it('let a tool input grow, and end the call with what is known of it', () => {
    const chunks: StoredChunk[] = [
      { ...call, name: 'search', state: 'streaming', private: { id: 'fc_1' } },
      { ...call, state: 'streaming', inputText: '{"q":' },
      { ...call, state: 'streaming', inputText: '1}' },
    ]
    expect(partsBy(...chunks)).toEqual([
      {
        type: 'tool',
        tool_call_id: 'c1',
        name: 'search',
        state: 'streaming',
        input_text: '{"q":1}',
        private: { id: 'fc_1' },
      },
    ])
    const ended = partsBy(
      ...chunks,
      { ...call, state: 'running', input: { q: 1 } },
      { ...call, state: 'output', output: [2] },
    )
    expect(ended).toEqual([
      {
        type: 'tool',
        tool_call_id: 'c1',
        name: 'search',
        state: 'output',
        input: { q: 1 },
        output: [2],
        private: { id: 'fc_1' },
      },
    ])
  })

  it('send each piece of a tool input once', () => {
    const events = eventsOf([
      { ...call, name: 'search', state: 'streaming', inputText: 'a' },
      ...Array.from({ length: 50 }, () => ({ ...call, state: 'streaming', inputText: 'b' }) as const),
    ])
    expect(events.slice(1).every((event) => event.type === 'delta' && event.text === 'b')).toBe(true)
  })

  it('need the name of a call that is new', () => {
    expect(() => eventsOf([{ ...call, state: 'running' }])).toThrow(
      expect.objectContaining({ details: { field: 'chunk.name' } }),
    )
  })

  /** The task of an answer to the call. */
  const answering = {
    taskId: 't2',
    state: 'queued',
    attempt: 1,
    storedAt: 0,
    input: { kind: 'tool', tool_call_id: 'c1', approved: true },
  } as const

  it('go on with an approved call where it stands, in an earlier answer', () => {
    const earlier = fold([
      ...begun,
      ...eventsOf([{ ...call, name: 'pay', state: 'running', input: { sum: 3 }, private: { id: 'p' } }]),
    ])
    const draft = new AnswerDraft('t2', 'a2', callsToRun(earlier, answering))
    expect(eventsOf([{ ...call, state: 'output', output: 'paid' }, 'Done'], draft)).toEqual([
      {
        type: 'part',
        task_id: 't2',
        message_id: 'a1',
        part: 0,
        value: {
          type: 'tool',
          tool_call_id: 'c1',
          name: 'pay',
          state: 'output',
          input: { sum: 3 },
          output: 'paid',
          private: { id: 'p' },
        },
      },
      { type: 'delta', task_id: 't2', message_id: 'a2', part: 0, text: 'Done' },
    ])
  })

  it('leave a call alone that has ended in an earlier answer, if a model uses its id again', () => {
    const earlier = fold([...begun, ...eventsOf([{ ...call, name: 'pay', state: 'output', output: 1 }])])
    const draft = new AnswerDraft('t2', 'a2', callsToRun(earlier, answering))
    expect(eventsOf([{ ...call, name: 'pay', state: 'running' }], draft)).toMatchObject([
      { message_id: 'a2', part: 0 },
    ])
  })

  it('are replaced if a data part of the same id comes again', () => {
    expect(
      partsBy(
        { type: 'data', name: 'job', id: '1', value: 1 },
        'text',
        { type: 'data', name: 'job', id: '1', value: 2 },
        { type: 'data', name: 'job', value: 3 },
      ),
    ).toEqual([
      { type: 'data', name: 'job', value: 2 },
      { type: 'text', text: 'text' },
      { type: 'data', name: 'job', value: 3 },
    ])
  })

  it('do not take a text that follows a tool call into the text before', () => {
    expect(partsBy('a', { ...call, name: 'x', state: 'running' }, 'b')).toMatchObject([
      { text: 'a' },
      { type: 'tool' },
      { text: 'b' },
    ])
  })
})

const secret = 'provider-secret'
const everything: StoredChunk[] = [
  { type: 'metadata', metadata: { model: 'small', seed: 1 } },
  { type: 'reasoning', id: 'r', text: 'Let me look.', private: { encrypted: secret } },
  { type: 'reasoning', id: 'r', text: '', private: { signature: secret } },
  { type: 'text', text: 'I look.', private: { id: secret } },
  ' Now.',
  { ...call, name: 'search', state: 'streaming', private: { id: secret } },
  { ...call, state: 'streaming', inputText: '{"q":' },
  { ...call, state: 'approval', input: { q: 1 } },
  { ...call, state: 'denied', reason: 'No.' },
  { type: 'source', url: 'https://x.test', mediaType: 'text/html' },
  { type: 'file', url: 'data:,x', mediaType: 'text/plain', private: { id: secret } },
  { type: 'data', name: 'job', value: null },
]
const log: StoredEvent[] = [
  ...begun,
  ...eventsOf(everything),
  { type: 'finish', ...answer, finish_reason: 'stop', metadata: { seed: 2 } },
]

it.each(log.map(({ type }, index) => [index + 1, type]))(
  'the client and the server fold %i events, up to a %s, into the same messages',
  (count) => {
    const placed = log.slice(0, Number(count)).map((event, index) => ({ offset: index + 1, at: 0, event }))
    const server = fold(placed.map(({ event }) => event))
    const client = placed.reduce((state, each) => {
      const next = reduce(state, publicEvent('demo', 'e1', each), {
        translate: translateError,
        now: 0,
        maxMessageBytes: Infinity,
      })
      if (typeof next === 'string') throw new Error(`unable to fold; the event is ${next}`)
      return next
    }, emptyLog)
    const told = server.messages.slice().map(publicMessage)
    expect(toArray(client.messages)).toEqual(told.map((message) => messageFromWire(message, translateError)))
  },
)

it('nothing of what only a provider may know leaves for a client', () => {
  const stored = fold(log)
  expect(JSON.stringify(stored.messages.slice())).toContain(secret)
  const events = log.map((event, index) => publicEvent('demo', 'e1', { offset: index + 1, at: 0, event }))
  expect(JSON.stringify(events)).not.toContain(secret)
  expect(JSON.stringify(stored.messages.slice().map(publicMessage))).not.toContain(secret)
})
