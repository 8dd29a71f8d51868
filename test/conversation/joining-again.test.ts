import { describe, expect, it } from 'vitest'
import { joined, question, refused, scripted, snapshot } from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

const forbidden = () => refused({ error_code: 'auth', code: 'forbidden', retryable: false })

/** A page whose join the server has refused for good. */
async function refusedJoin() {
  const s = scripted({ 'chat:join': forbidden })
  s.conversation.subscribe(() => {})
  await s.clock.advance(1000)
  expect(s.conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'forbidden' } })
  expect(s.asked('chat:join')).toHaveLength(1)
  return s
}

type World = Awaited<ReturnType<typeof refusedJoin>>

const ways: Readonly<Record<string, (world: World) => unknown>> = {
  'retry()': ({ conversation }) => conversation.retry(),
  'clearError()': ({ conversation }) => conversation.clearError(),
  'connect()': ({ client }) => client.connect(),
}

describe('a conversation whose join was refused', () => {
  it.each(Object.entries(ways))('is joined again by %s', async (_name, act) => {
    const s = await refusedJoin()
    const messages = [question('q')]
    s.rewrite({ 'chat:join': () => joined({ offset: 1, snapshot: snapshot(1, { messages }) }) })
    act(s)
    await s.clock.advance(1000)
    expect(s.asked('chat:join')).toHaveLength(2)
    expect(s.conversation.getSnapshot()).toMatchObject({
      status: 'ready',
      error: null,
      messages: [{ id: 'q' }],
    })
  })

  it.each(Object.entries(ways))('shows it if the join after %s is refused too', async (_name, act) => {
    const s = await refusedJoin()
    act(s)
    await s.clock.advance(1000)
    expect(s.asked('chat:join')).toHaveLength(2)
    expect(s.conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'forbidden' } })
  })

  it('says by the promises of retry() whether it was joined', async () => {
    const s = await refusedJoin()
    const again = s.conversation.retry()
    await s.clock.advance(1000)
    expect(await outcome(again.accepted)).toBe('forbidden')
    s.rewrite({ 'chat:join': () => joined({}) })
    const last = s.conversation.retry()
    await s.clock.advance(1000)
    expect(await outcome(last.accepted)).toBe('resolved')
    expect(await outcome(last.finished)).toBe('unknown_task')
    expect(s.conversation.getSnapshot().error).toBeNull()
  })

  it('is not joined again because a person writes in another one', async () => {
    const s = await refusedJoin()
    s.client.conversation('other').sendMessage('hi')
    await s.clock.advance(1000)
    expect(s.asked('chat:join').map(({ payload }) => payload.conversation_id)).toEqual(['demo', 'other'])
  })
})

describe('isLoading', () => {
  it('is true until the first join is answered, and again once the conversation was dropped', async () => {
    const s = scripted({}, { gcTime: 1000 })
    expect(s.conversation.getSnapshot().isLoading).toBe(true)
    const leave = s.conversation.subscribe(() => {})
    expect(s.conversation.getSnapshot().isLoading).toBe(true)
    await s.clock.advance(100)
    expect(s.conversation.getSnapshot()).toMatchObject({ isLoading: false, messages: [] })
    s.cut()
    expect(s.conversation.getSnapshot().isLoading).toBe(false)
    leave()
    await s.clock.advance(5000)
    expect(s.conversation.getSnapshot().isLoading).toBe(true)
  })

  it('is false once the join is refused, or the client closed', async () => {
    const s = await refusedJoin()
    expect(s.conversation.getSnapshot().isLoading).toBe(false)
    const other = s.client.conversation('other')
    await s.client.close()
    expect(other.getSnapshot().isLoading).toBe(false)
  })
})
