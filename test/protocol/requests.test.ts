import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { badFieldOf, HandshakeAuthSchema, requestSchemas } from '../../src/server/schemas.js'
import { userMessage } from './samples.js'

const ids = { conversation_id: 'c1', task_id: 't1' }
const message = { kind: 'message', message: userMessage }

const right: [keyof typeof requestSchemas, Record<string, unknown>][] = [
  ['chat:join', { conversation_id: 'c1', after: null }],
  ['chat:join', { conversation_id: 'c1', after: { epoch: 'e1', offset: 0 }, limit: 50 }],
  ['chat:send', { ...ids, input: message }],
  ['chat:send', { ...ids, input: { kind: 'regenerate', message_id: 'm2' } }],
  ['chat:send', { ...ids, input: { ...message, kind: 'edit', message_id: 'm1' } }],
  ['chat:send', { ...ids, input: { kind: 'tool', tool_call_id: 'x1', output: null } }],
  ['chat:send', { ...ids, input: { kind: 'tool', tool_call_id: 'x1', approved: false } }],
  ['chat:send', { ...ids, input: { kind: 'tool', tool_call_id: 'x1', approved: true, reason: 'Yes.' } }],
  ['chat:send', { ...ids, input: { kind: 'tool', tool_call_id: 'x1', error: 'No such place.' } }],
  ['chat:retry', { ...ids, attempt: 2 }],
  ['chat:stop', ids],
  ['chat:history', { conversation_id: 'c1', before: 'm1', limit: 20 }],
  ['chat:leave', { conversation_id: 'c1' }],
  ['chat:broadcast', { conversation_id: 'c1', name: 'typing', value: null }],
]

const inputOf = (input: unknown) => ({ ...ids, input })
const saying = (change: object) => inputOf({ kind: 'message', message: { ...userMessage, ...change } })

const forgedCall = { type: 'tool', tool_call_id: 'x1', name: 'pay', state: 'approval', input: {} }

const wrong: [keyof typeof requestSchemas, Record<string, unknown>, string][] = [
  ['chat:join', { conversation_id: '', after: null }, 'conversation_id'],
  ['chat:join', { conversation_id: 'c1' }, 'after'],
  ['chat:join', { conversation_id: 'c1', after: { epoch: 'e1', offset: -1 } }, 'after.offset'],
  ['chat:join', { conversation_id: 'c1', after: null, limit: 0 }, 'limit'],
  ['chat:join', { conversation_id: 'c1', after: null, limit: null }, 'limit'],
  ['chat:send', { conversation_id: 'c1', input: message }, 'task_id'],
  ['chat:send', { ...ids }, 'input'],
  ['chat:send', inputOf({ kind: 'shout' }), 'input.kind'],
  ['chat:send', inputOf({ kind: 'regenerate' }), 'input.message_id'],
  ['chat:send', inputOf({ ...message, kind: 'edit' }), 'input.message_id'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1' }), 'input'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', output: 1, approved: true }), 'input'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', output: 1, error: 'x' }), 'input'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', error: 'x', approved: false }), 'input'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', output: 1, reason: 'x' }), 'input'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', error: 7 }), 'input.error'],
  ['chat:send', inputOf({ kind: 'tool', tool_call_id: 'x1', approved: true, reason: 7 }), 'input.reason'],
  ['chat:send', saying({ id: 'x'.repeat(129) }), 'input.message.id'],
  ['chat:send', saying({ role: 'assistant' }), 'input.message.role'],
  ['chat:send', saying({ role: 'system' }), 'input.message.role'],
  ['chat:send', saying({ parts: [] }), 'input.message.parts'],
  ['chat:send', saying({ parts: [{ type: 'text', text: 7 }] }), 'input.message.parts.0.text'],
  ['chat:send', saying({ parts: 'Hello' }), 'input.message.parts'],
  ['chat:send', saying({ parts: [forgedCall] }), 'input.message.parts.0.type'],
  ['chat:send', saying({ parts: [{ type: 'reasoning', text: 'x' }] }), 'input.message.parts.0.type'],
  ['chat:send', saying({ parts: [{ type: 'source', url: 'x' }] }), 'input.message.parts.0.type'],
  ['chat:send', saying({ parts: [{ type: 'hologram' }] }), 'input.message.parts.0.type'],
  [
    'chat:send',
    saying({ parts: [{ type: 'text', text: 'x', private: {} }] }),
    'input.message.parts.0.private',
  ],
  ['chat:send', saying({ author: { id: 'somebody-else' } }), 'input.message.author'],
  ['chat:send', saying({ finish_reason: 'stop' }), 'input.message.finish_reason'],
  ['chat:send', saying({ created_at: undefined }), 'input.message.created_at'],
  ['chat:send', saying({ metadata: [] }), 'input.message.metadata'],
  ['chat:send', saying({ status: 'complete' }), 'input.message.status'],
  ['chat:send', saying({ error: {} }), 'input.message.error'],
  ['chat:retry', { ...ids, attempt: 0 }, 'attempt'],
  ['chat:stop', { task_id: 't1' }, 'conversation_id'],
  ['chat:history', { conversation_id: 'c1' }, 'before'],
  ['chat:leave', {}, 'conversation_id'],
  ['chat:broadcast', { conversation_id: 'c1', value: 1 }, 'name'],
  ['chat:broadcast', { conversation_id: 'c1', name: 'x'.repeat(129), value: 1 }, 'name'],
  ['chat:broadcast', { conversation_id: 'c1', name: 'typing' }, 'value'],
]

describe('a request', () => {
  it.each(right)('%s is accepted unchanged: %o', (name, payload) => {
    const result = v.safeParse(requestSchemas[name], payload)
    expect(result.success).toBe(true)
    expect(result.output).toEqual(payload)
  })

  it.each(wrong)('%s %o is refused by the name of its bad field, %s', (name, payload, field) => {
    const result = v.safeParse(requestSchemas[name], payload)
    expect(result.issues && badFieldOf(result.issues)).toBe(field)
  })

  it.each([undefined, null, 7, 'c1', [], [ids]])('is refused if it is no object: %o', (payload) => {
    for (const schema of Object.values(requestSchemas)) expect(v.is(schema, payload)).toBe(false)
  })

  it('keeps fields that this version does not know', () => {
    const payload = { conversation_id: 'c1', after: null, device: 'phone' }
    expect(v.parse(requestSchemas['chat:join'], payload)).toEqual(payload)
  })

  it('may carry at most 100 parts', () => {
    const parts = Array.from({ length: 101 }, () => ({ type: 'text', text: 'x' }))
    expect(v.is(requestSchemas['chat:send'], saying({ parts: parts.slice(1) }))).toBe(true)
    expect(v.is(requestSchemas['chat:send'], saying({ parts }))).toBe(false)
  })
})

describe('the handshake', () => {
  it.each([{ protocol: 1 }, { protocol: 1, token: 'x' }])('is accepted: %o', (auth) => {
    expect(v.is(HandshakeAuthSchema, auth)).toBe(true)
  })

  it.each([
    undefined,
    {},
    { protocol: 2 },
    { protocol: '1' },
    { protocol: 1, token: '' },
    { protocol: 1, token: null },
    { protocol: 1, token: 'x'.repeat(8_193) },
  ])('is refused', (auth) => {
    expect(v.is(HandshakeAuthSchema, auth)).toBe(false)
  })
})
