import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { AppError, memoryStore } from '../../src/server/index.js'
import { ChatEventSchema, ErrorEventSchema } from '../../src/server/schemas.js'
import { failing, joinAll, liveServers, oneWord, send } from './live-server.js'

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

describe('a message of the app’s own', () => {
  const said = { role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'Welcome.' }] }
  const place = { scope: 'guest', conversationId: 'c' }

  const wrong: readonly [string, unknown, string][] = [
    ['a part without its text', { ...said, parts: [{ type: 'text' }] }, 'message.parts.0.text'],
    ['no parts', { role: 'assistant' }, 'message.parts'],
    ['parts that are none', { ...said, parts: [null] }, 'message.parts.0'],
    ['a role that there is none of', { ...said, role: 'bot' }, 'message.role'],
    ['an id that is too long', { ...said, id: 'x'.repeat(129) }, 'message.id'],
    ['an author without an id', { ...said, author: { name: 'Ann' } }, 'message.author.id'],
    ['metadata that are no object', { ...said, metadata: 'none' }, 'message.metadata'],
    ['a value that is no JSON', { ...said, parts: [{ type: 'data', name: 'n', value: 1n }] }, 'BigInt'],
    ['a value without an end', { ...said, parts: [{ type: 'data', name: 'n', value: cycle }] }, 'circular'],
  ]

  it.each(wrong)('with %s is refused, and its conversation stays readable', async (_what, message, name) => {
    const { connect, chat } = await serve()
    await expect(chat.post({ ...place, message: message as typeof said })).rejects.toThrow(name)
    await expect(chat.post({ ...place, message: message as typeof said })).rejects.toThrow(TypeError)
    const { snapshot } = await (await connect()).request('chat:join', joinAll)
    expect(snapshot?.messages).toEqual([])
  })

  it('that is larger than a join may be is refused, because nobody could join any more', async () => {
    const { connect, chat } = await serve()
    const message = { ...said, parts: [{ type: 'text' as const, text: 'x'.repeat(1_000_000) }] }
    await expect(chat.post({ ...place, message })).rejects.toMatchObject({ code: 'message_too_large' })
    await chat.post({ ...place, message: said })
    const { snapshot } = await (await connect()).request('chat:join', joinAll)
    expect(snapshot?.messages).toMatchObject([said])
  })

  it('is a copy', async () => {
    const { connect, chat } = await serve()
    const message = { ...said, metadata: { from: 'the app' } }
    await chat.post({ ...place, message })
    message.metadata.from = 'somebody else'
    const { snapshot } = await (await connect()).request('chat:join', joinAll)
    expect(snapshot?.messages).toMatchObject([{ metadata: { from: 'the app' } }])
  })

  it.each([
    [{ ...place, id: '' }, 'id'],
    [{ ...place, id: 'x'.repeat(129) }, 'id'],
    [{ ...place, scope: '', id: 'a' }, 'scope'],
    [{ scope: 'guest', conversationId: 'x'.repeat(129), id: 'a' }, 'conversationId'],
  ])('is no answer if nothing could name it: %o', async (names, wrongName) => {
    const { chat } = await serve()
    await expect(chat.answer({ ...names, respond: oneWord })).rejects.toThrow(`unable to use ${wrongName}`)
  })
})

it('a retry is given the input and the user as they were, whatever the first try did to them', async () => {
  const given: string[] = []
  const { connect } = await serve({
    authenticate: ({ token }) => ({ id: token ?? '', plan: { name: 'free' } }),
    async *respond({ input, user, attempt }) {
      given.push(JSON.stringify([input, user]))
      Object.assign(input ?? {}, { message: { parts: [], id: 'other' } })
      Object.assign(user?.plan ?? {}, { name: 'paid' })
      if (attempt === 1) throw new AppError({ code: 'internal', message: 'unable to go on' })
      yield 'word'
    },
  })
  const client = await connect('ann')
  await client.request('chat:join', joinAll)
  await client.request('chat:send', send('t'))
  await client.event(({ type }) => type === 'error')
  await client.request('chat:retry', { conversation_id: 'c', task_id: 't', attempt: 2 })
  await client.event(({ type }) => type === 'finish')
  expect(given[0]).toContain('free')
  expect(given[1]).toBe(given[0])
})

it('a logger that throws or rejects stops no request, no handshake, no answer and no close', async () => {
  const closed = () => {
    throw new Error('unable to write; the stream is closed')
  }
  const rejected = async () => closed()
  const logger = { debug: closed, info: closed, warn: rejected, error: closed }
  const store = memoryStore()
  const { connect, open, chat } = await serve({
    logger,
    store,
    respond: failing(new Error('no')),
    retry: { maxAttempts: 1 },
  })
  const client = await connect()
  await client.request('chat:join', joinAll)
  expect(await client.ask('chat:nothing' as 'chat:join', {})).toMatchObject({ ok: false })
  expect((await open({ protocol: 2 }).refused()).data).toMatchObject({ code: 'unsupported_protocol' })
  await client.request('chat:send', send('t'))
  await client.event(({ type }) => type === 'error')
  store.close = () => Promise.reject(new Error('no'))
  await chat.close({ drainMs: 0 })
})
