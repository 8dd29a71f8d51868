import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/server/index.js'
import { ChatEventSchema, ErrorEventSchema } from '../../src/server/schemas.js'
import { failing, joinAll, liveServers, send } from './live-server.js'

const serve = liveServers()

const cycle: Record<string, unknown> = {}
cycle.self = cycle

/** As an app makes them from what a service answered, and from its own mistakes. */
const odd: readonly [string, object, object][] = [
  ['a wait that is no number', { retryAfterMs: Number.NaN }, { code: 'rate_limited' }],
  ['a wait without an end', { retryAfterMs: Number.POSITIVE_INFINITY }, { retry_after_ms: -1 }],
  ['a wait before now', { retryAfterMs: -5000 }, { retry_after_ms: -1 }],
  ['a wait of parts of a millisecond', { retryAfterMs: 1.5 }, { retry_after_ms: 2 }],
  ['an empty code', { code: '' }, { error_code: 'unknown' }],
  ['a code that is too long', { code: 'x'.repeat(200) }, { error_code: 'unknown' }],
  ['a category of its own', { code: 'mine', category: 'mine' }, { code: 'mine', error_code: 'unknown' }],
  ['facts that are no names', { details: { fields: cycle } }, { code: 'rate_limited' }],
  ['facts that are no JSON', { details: { fields: [1n] } }, { code: 'rate_limited' }],
]

describe('an error of the app’s own with', () => {
  it.each(odd)('%s reaches a page as the protocol has it', async (_what, fields, expected) => {
    const error = new AppError({ code: 'rate_limited', message: 'unable to go on', ...fields })
    const { connect } = await serve({
      respond: failing(error),
      access: ({ user, conversationId }) => {
        if (conversationId === 'refused') throw error
        return user.id
      },
    })
    const client = await connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t'))
    const event = await client.event(({ type }) => type === 'error')
    expect(v.is(ChatEventSchema, event)).toBe(true)
    expect(event).toMatchObject(expected)
    const refused = await client.ask('chat:join', { ...joinAll, conversation_id: 'refused' })
    expect(refused).toMatchObject({ ok: false, error: expected })
    expect(v.is(ErrorEventSchema, 'error' in refused && refused.error)).toBe(true)
  })
})
