import { describe, expect, it } from 'vitest'
import {
  decodeBroadcast,
  decodeBroadcastAnswer,
  decodeClosing,
  decodeErrorEvent,
  decodeHistoryAnswer,
  decodeJoinAnswer,
  decodeLeaveAnswer,
  decodeSendAnswer,
  decodeStopAnswer,
  isErrorEvent,
} from '../../src/protocol/decode.js'
import {
  assistantMessage,
  broadcast,
  closing,
  failure,
  history,
  joined,
  left,
  refused,
  sent,
  stopped,
  userMessage,
} from './samples.js'

const decoders = {
  'chat:join': decodeJoinAnswer,
  'chat:history': decodeHistoryAnswer,
  'chat:send': decodeSendAnswer,
  'chat:stop': decodeStopAnswer,
  'chat:leave': decodeLeaveAnswer,
  'chat:broadcast': decodeBroadcastAnswer,
}
const every = Object.entries(decoders)

describe('an acknowledgement', () => {
  it('is returned itself, not a copy, if it is valid', () => {
    expect(decodeSendAnswer(sent)).toBe(sent)
    expect(decodeStopAnswer(stopped)).toBe(stopped)
    expect(decodeLeaveAnswer(left)).toBe(left)
  })

  it.each(every)('that refuses %s is returned with its error', (_, decode) => {
    expect(decode(refused)).toBe(refused)
  })

  it.each(every)('to %s of any other form is read as null', (_, decode) => {
    const others = [undefined, null, true, 'ok', 7, [], [sent], {}, { ok: 'true' }, { ok: 1 }, { ok: false }]
    for (const value of others) expect(decode(value)).toBeNull()
    expect(decode({ ok: false, error: 'KeyError' })).toBeNull()
    expect(decode({ ok: false, error: { ...failure, error_code: 'odd' } })).toBeNull()
  })

  it.each([
    ['ok', 'yes'],
    ['epoch', ''],
    ['offset', -1],
    ['offset', undefined],
    ['duplicate', 0],
    ['attempt', 0],
    ['state', 'done'],
  ])('to a send counts as none where %s is %s', (field, value) => {
    expect(decodeSendAnswer({ ...sent, [field]: value })).toBeNull()
  })

  it('may name offset 0, the place before the first event', () => {
    expect(decodeSendAnswer({ ...sent, offset: 0 })).toMatchObject({ offset: 0 })
  })
})

describe('the answer to a join', () => {
  it('keeps its events undecoded, so that a bad event does not cost the others', () => {
    const events = [7, { type: 'delta' }, null]
    const decoded = decodeJoinAnswer({ ...joined, events })
    expect(decoded?.ok && decoded.events).toBe(events)
  })

  it('may come without a snapshot', () => {
    expect(decodeJoinAnswer({ ...joined, snapshot: null })).toMatchObject({ snapshot: null, skipped: 0 })
  })

  it('keeps the messages of a snapshot unchanged', () => {
    const decoded = decodeJoinAnswer(joined)
    expect(decoded).toEqual({ ...joined, skipped: 0 })
    expect(decoded?.ok && decoded.snapshot?.messages[1]).toBe(assistantMessage)
  })

  it('leaves out only the bad messages and tasks of a snapshot, and counts them', () => {
    const messages = [userMessage, { ...userMessage, role: 'robot' }, 7, assistantMessage]
    const tasks = [{ task_id: 't1', attempt: 1, state: 'running' }, { task_id: 't2' }]
    const decoded = decodeJoinAnswer({ ...joined, snapshot: { ...joined.snapshot, messages, tasks } })
    expect(decoded).toMatchObject({
      skipped: 3,
      snapshot: { messages: [{ id: 'm1' }, { id: 'm2' }], tasks: [{ task_id: 't1' }], offset: 41 },
    })
  })

  it('ignores a server that says how many messages were skipped', () => {
    expect(decodeJoinAnswer({ ...joined, skipped: 12 })).toMatchObject({ skipped: 0 })
  })

  it.each([
    ['snapshot', undefined],
    ['snapshot', []],
    ['snapshot', { ...joined.snapshot, offset: -1 }],
    ['snapshot', { ...joined.snapshot, messages: {} }],
    ['snapshot', { ...joined.snapshot, tasks: undefined }],
    ['snapshot', { ...joined.snapshot, has_older: 'no' }],
    ['events', undefined],
    ['events', {}],
    ['limits', undefined],
    ['limits', { max_message_bytes: 0 }],
    ['reconnect_spread_ms', -1],
    ['reconnect_spread_ms', null],
  ])('counts as none where %s as a whole is bad: %o', (field, value) => {
    expect(decodeJoinAnswer({ ...joined, [field]: value })).toBeNull()
  })
})

describe('a page of history', () => {
  it('leaves out only a bad message, and counts it', () => {
    const decoded = decodeHistoryAnswer({
      ...history,
      messages: [{ ...userMessage, id: '' }, assistantMessage],
    })
    expect(decoded).toEqual({ ...history, messages: [assistantMessage], skipped: 1 })
  })

  it('is read as null if it does not say whether older messages exist', () => {
    expect(decodeHistoryAnswer({ ...history, has_older: undefined })).toBeNull()
  })
})

describe('an error on the wire', () => {
  it('is recognised by its five required fields', () => {
    const { type, error, error_code, retryable, timestamp } = failure
    const plain = { type, error, error_code, retryable, timestamp }
    expect(decodeErrorEvent(plain)).toBe(plain)
    expect(isErrorEvent(plain)).toBe(true)
  })

  it.each([
    "'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'",
    undefined,
    { ...failure, type: 'message' },
    { ...failure, retryable: undefined },
    { ...failure, retry_after_ms: Number.POSITIVE_INFINITY },
    { ...failure, task_id: null },
    Object.assign(new Error('boom'), { data: failure }),
  ])('is none otherwise: %o', (value) => {
    expect(decodeErrorEvent(value)).toBeNull()
    expect(isErrorEvent(value)).toBe(false)
  })
})

describe('the notice before a planned shutdown', () => {
  it('says over how many milliseconds clients spread their return', () => {
    expect(decodeClosing(closing)).toBe(closing)
    expect(decodeClosing({ reconnect_spread_ms: 0 })).toEqual({ reconnect_spread_ms: 0 })
  })

  it.each([undefined, {}, 4000, { reconnect_spread_ms: -1 }, { reconnect_spread_ms: '4000' }])(
    'is none where it says nothing usable: %o',
    (value) => {
      expect(decodeClosing(value)).toBeNull()
    },
  )
})

describe('a broadcast', () => {
  it('is returned itself, not a copy, if it is valid', () => {
    expect(decodeBroadcast(broadcast)).toBe(broadcast)
    const { from, ...byServer } = broadcast
    expect(decodeBroadcast(byServer)).toBe(byServer)
  })

  it.each([
    undefined,
    'typing',
    [broadcast],
    { ...broadcast, conversation_id: '' },
    { ...broadcast, name: 'x'.repeat(129) },
    { ...broadcast, value: undefined },
    { ...broadcast, from: null },
    { ...broadcast, from: { name: 'Ada' } },
    { ...broadcast, from: 'Ada' },
  ])('is read as null if it is not valid: %o', (value) => {
    expect(decodeBroadcast(value)).toBeNull()
  })
})
