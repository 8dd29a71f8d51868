import { describe, expect, it } from 'vitest'
import { decodeEvent, decodeEvents } from '../../src/protocol/decode.js'
import { assistantMessage, events, userMessage } from './samples.js'

const { delta } = events

describe('a valid event', () => {
  it.each(Object.values(events))('comes out as the very object that went in: $type', (event) => {
    expect(decodeEvent(event)).toBe(event)
  })

  it('is not changed by decoding: a frozen event decodes too', () => {
    const frozen = Object.freeze({ ...delta })
    expect(decodeEvent(frozen)).toBe(frozen)
    expect(frozen).toEqual(delta)
  })

  it('keeps fields that this version does not know', () => {
    expect(decodeEvent({ ...delta, mood: 'good' })).toMatchObject({ type: 'delta', mood: 'good' })
  })

  it('keeps a part whose type this version does not know', () => {
    const event = { ...events.part, value: { type: 'hologram', depth: 3 } }
    expect(decodeEvent(event)).toBe(event)
  })

  it('may carry 10,000 parts', () => {
    const parts = Array.from({ length: 10_000 }, () => ({ type: 'text', text: 'x' }))
    const event = { ...events.message, message: { ...userMessage, parts } }
    expect(decodeEvent(event)).toBe(event)
    const tooMany = { ...event, message: { ...userMessage, parts: [...parts, ...parts.slice(0, 1)] } }
    expect(decodeEvent(tooMany)).toMatchObject({ type: 'skip', field: 'message' })
  })
})

describe('an event that is not understood', () => {
  it('keeps its envelope, so that the cursor moves over it', () => {
    const poll = { ...delta, offset: 43, type: 'poll', question: 'Tea?' }
    const decoded = decodeEvent(poll)
    expect(decoded).toMatchObject({ type: 'skip', known: false, field: 'type' })
    expect(decoded.type === 'skip' && decoded.envelope).toBe(poll)
    expect(decoded.type === 'skip' && decoded.envelope.offset).toBe(43)
  })

  it.each(['skip', 'invalid', 'constructor', '__proto__', 'toString', ''])(
    'is skipped as of an unknown type where it calls itself "%s"',
    (type) => {
      expect(decodeEvent({ ...delta, type })).toMatchObject({
        type: 'skip',
        known: false,
        envelope: { type, offset: 42 },
      })
    },
  )

  it.each([
    ['message', 'message', undefined],
    ['message', 'message', { ...userMessage, id: '' }],
    ['message', 'message', { ...userMessage, role: 'robot' }],
    ['message', 'message', { ...userMessage, parts: {} }],
    ['message', 'message', { ...userMessage, parts: [{ type: 'text' }] }],
    ['message', 'message', { ...userMessage, parts: [{ text: 'no type' }] }],
    ['message', 'message', { ...userMessage, author: { name: 'Ada' } }],
    ['message', 'message', { ...userMessage, metadata: [] }],
    ['message', 'message', { ...assistantMessage, error: { type: 'error' } }],
    ['truncate', 'from_message_id', 7],
    ['start', 'task_id', undefined],
    ['start', 'message_id', 'x'.repeat(129)],
    ['start', 'attempt', 0],
    ['delta', 'task_id', undefined],
    ['delta', 'message_id', null],
    ['delta', 'part', -1],
    ['delta', 'part', 0.5],
    ['delta', 'part', 10_000],
    ['delta', 'part', '0'],
    ['delta', 'text', null],
    ['part', 'value', { type: 'tool', tool_call_id: 'x1', name: 'search', state: 'odd' }],
    ['part', 'value', 'text'],
    ['retry', 'try', 0],
    ['retry', 'max_tries', Number.NaN],
    ['retry', 'delay_ms', -1],
    ['retry', 'error_code', 'other'],
    ['finish', 'finish_reason', null],
    ['finish', 'metadata', 'none'],
    ['stop', 'message_id', ''],
    ['error', 'error', { text: 'no' }],
    ['error', 'error_code', 'constructor'],
    ['error', 'retryable', 'yes'],
    ['error', 'attempt', undefined],
    ['error', 'retry_after_ms', -2],
    ['error', 'retry_after_ms', 0.5],
  ] as const)('names the field of a known type that is bad: %s.%s', (type, field, value) => {
    const event = { ...events[type], [field]: value }
    const decoded = decodeEvent(event)
    expect(decoded).toMatchObject({ type: 'skip', known: true, field })
    expect(decoded.type === 'skip' && decoded.envelope).toBe(event)
  })
})

describe('a value without a valid envelope', () => {
  it.each([
    ['conversation_id', undefined],
    ['conversation_id', ''],
    ['conversation_id', 'x'.repeat(129)],
    ['epoch', 7],
    ['offset', undefined],
    ['offset', 0],
    ['offset', -0],
    ['offset', 1.5],
    ['offset', '42'],
    ['offset', Number.NaN],
    ['offset', Number.MAX_SAFE_INTEGER + 1],
    ['timestamp', undefined],
    ['timestamp', 1_767_225_600_000],
    ['timestamp', 'x'.repeat(65)],
    ['task_id', null],
    ['type', undefined],
    ['type', 7],
  ] as const)('is dropped, with the name of the bad field: %s = %s', (field, value) => {
    expect(decodeEvent({ ...delta, [field]: value })).toEqual({ type: 'invalid', field })
  })

  it.each([undefined, null, 7, 'delta', true, Symbol('delta'), 1n, () => delta, [], [delta]])(
    'is dropped where it is no object at all: %s',
    (value) => {
      expect(decodeEvent(value)).toEqual({ type: 'invalid', field: 'event' })
    },
  )
})

describe('a push', () => {
  it('may carry one event', () => {
    const decoded = decodeEvents(delta)
    expect(decoded).toHaveLength(1)
    expect(decoded[0]).toBe(delta)
  })

  it('may carry several events, and a bad event does not cost the others', () => {
    const decoded = decodeEvents([delta, { ...delta, text: 7 }, null, events.finish])
    expect(decoded.map(({ type }) => type)).toEqual(['delta', 'skip', 'invalid', 'finish'])
    expect(decoded[3]).toBe(events.finish)
  })

  it('may carry no event', () => {
    expect(decodeEvents([])).toEqual([])
  })

  it('without a payload is one invalid event', () => {
    expect(decodeEvents(undefined)).toEqual([{ type: 'invalid', field: 'event' }])
  })
})
