import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as decode from '../../src/protocol/decode.js'
import { HandshakeAuthSchema, requestSchemas } from '../../src/server/schemas.js'
import { events } from './samples.js'

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** Every JSON block of the description, with what its fence says of it: ```json answer chat:send */
const examples = [...text.matchAll(/^```json (\S+) ?(\S*)\n(.*?)^```/gms)].map(
  ([, kind = '', name = '', json = '']) => ({ kind, name, value: JSON.parse(json) as unknown }),
)

const answers: Record<string, (value: unknown) => { ok: boolean } | null> = {
  'chat:join': decode.decodeJoinAnswer,
  'chat:send': decode.decodeSendAnswer,
  'chat:retry': decode.decodeSendAnswer,
  'chat:stop': decode.decodeStopAnswer,
  'chat:history': decode.decodeHistoryAnswer,
  'chat:leave': decode.decodeLeaveAnswer,
  'chat:broadcast': decode.decodeBroadcastAnswer,
}

const named = (kind: string) => examples.filter((example) => example.kind === kind)
const uniqueNames = (kind: string) => [...new Set(named(kind).map(({ name }) => name))].sort()

describe('an example in docs/protocol.md', () => {
  it.each(named('request'))('of a request is one that a server takes: $name', ({ name, value }) => {
    const schema = Object.entries(requestSchemas).find(([request]) => request === name)?.[1]
    expect(schema && v.is(schema, value)).toBe(true)
  })

  it.each(named('answer'))('of an answer is one that the client takes: $name', ({ name, value }) => {
    // Were a message of the example bad, the decoded answer would lack it.
    expect(answers[name]?.(value)).toMatchObject(Object(value))
    for (const event of Object(value).events ?? []) expect(decode.decodeEvent(event)).toBe(event)
  })

  it.each(named('event'))('of an event is one that the client takes: $value.type', ({ value }) => {
    expect(decode.decodeEvent(value)).toBe(value)
  })

  it('of an error, a refusal, a broadcast, a closing notice and a handshake is valid', () => {
    const one = (kind: string) => named(kind)[0]?.value
    expect(decode.decodeErrorEvent(one('error'))).toBe(one('error'))
    expect(decode.decodeSendAnswer(one('refusal'))).toBe(one('refusal'))
    expect(decode.decodeBroadcast(one('broadcast'))).toBe(one('broadcast'))
    expect(decode.decodeClosing(one('closing'))).toBe(one('closing'))
    expect(v.is(HandshakeAuthSchema, one('auth'))).toBe(true)
  })

  it('is there for every request, every answer and every event', () => {
    expect(uniqueNames('request')).toEqual(Object.keys(requestSchemas).sort())
    expect(uniqueNames('answer')).toEqual(Object.keys(requestSchemas).sort())
    const types = named('event').map(({ value }) => Object(value).type)
    expect(types.sort()).toEqual(Object.keys(events).sort())
  })
})
