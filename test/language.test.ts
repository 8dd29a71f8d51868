import { describe, expect, it } from 'vitest'
import { isAppError, translateError, UnauthorizedError } from '../src/index.js'
import { refused } from './support/scripted-server.js'
import { setUp } from './support/set-up.js'

const chinese = /[一-鿿]/
const chineseClient = { client: { locale: 'zh-CN' } } as const
const reset = () => Object.assign(new Error('x'), { code: 'ECONNRESET' })

/** What a person would read of a promise that rejects. */
const textOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing failed',
    (error: unknown) => (isAppError(error) ? error.userMessage : 'no AppError'),
  )

describe('a client that speaks Chinese says in Chinese', () => {
  it('that a message was stopped before it was sent', async () => {
    const { conversation } = setUp(chineseClient)
    const task = conversation.sendMessage('Hello')
    void task.stop()
    expect(await textOf(task.finished)).toMatch(chinese)
  })

  it('that a message was stopped before anything was answered', async () => {
    const { conversation, clock } = setUp({ ...chineseClient, responder: { pace: 1000 } })
    const task = conversation.sendMessage('Hello')
    await clock.advance(200)
    void task.stop()
    await clock.advance(500)
    expect(await textOf(task.finished)).toMatch(chinese)
  })

  it.each(['unknown', undefined])('that there is nothing to retry (%s)', async (taskId) => {
    const { conversation } = setUp(chineseClient)
    expect(await textOf(conversation.retry(taskId).finished)).toMatch(chinese)
  })

  it('why an operation of the app’s own was ended, or not begun', async () => {
    const { recovery } = setUp(chineseClient).client
    const cancelled = recovery.executeWithRetry('mine', () => new Promise(() => {}))
    recovery.cancel('mine')
    const aborted = recovery.executeWithRetry('mine', () => 1, { signal: AbortSignal.abort() })
    const invalid = recovery.executeWithRetry('', () => 1)
    recovery.close()
    const closed = recovery.executeWithRetry('mine', () => 1)
    for (const promise of [cancelled, aborted, invalid, closed])
      expect(await textOf(promise)).toMatch(chinese)
  })

  it('why an answer failed, wherever it says so', async () => {
    const { client, conversation, clock } = setUp({ ...chineseClient, responder: { fail: reset } })
    const texts: (string | undefined)[] = []
    client.on('retry', ({ retryState }) => texts.push(retryState.error.userMessage))
    client.on('error', ({ error }) => texts.push(error.userMessage))
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    const { error, messages } = conversation.getSnapshot()
    texts.push(error?.userMessage, ...messages.map((message) => message.error?.userMessage))
    texts.push(await textOf(task.finished))
    expect(texts).toHaveLength(7)
    for (const text of texts) expect(text).toMatch(chinese)
  })

  it('that a conversation is forbidden', async () => {
    const { conversation, clock, network } = setUp(chineseClient)
    network.answers = () => refused({ error_code: 'auth', code: 'forbidden', retryable: false })
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await textOf(task.finished)).toMatch(chinese)
    expect(conversation.getSnapshot().error?.userMessage).toMatch(chinese)
  })

  it('why it waits for a connection', async () => {
    const { client, clock, network } = setUp(chineseClient)
    network.reachable = false
    client.connect()
    await clock.advance(20)
    expect(client.getSnapshot().connection).toMatchObject({
      error: { userMessage: expect.stringMatching(chinese) },
    })
  })
})

describe('an error that is on the screen when a person switches the language', () => {
  it.each(['forbidden', 'token_expired'])('changes with it: a connection that is %s', async (code) => {
    const { client, clock, network } = setUp()
    const { error } = refused({ error_code: 'auth', code, retryable: true })
    network.admit = () => Object.assign(new Error('refused'), { data: error })
    client.connect()
    await clock.advance(60_000)
    const { connection } = client.getSnapshot()
    if (connection.status !== 'failed') throw new Error(connection.status)
    expect(translateError(connection.error, { locale: 'zh-CN' }).userMessage).toMatch(chinese)
  })

  it('changes with it: nobody is signed in', async () => {
    const auth = () => {
      throw new UnauthorizedError()
    }
    const { client, clock } = setUp({ client: { auth } })
    client.connect()
    await clock.advance(60_000)
    const { connection } = client.getSnapshot()
    if (connection.status !== 'failed') throw new Error(connection.status)
    expect(connection.error).toBeInstanceOf(UnauthorizedError)
    expect(translateError(connection.error, { locale: 'zh-CN' }).userMessage).toMatch(chinese)
  })
})
