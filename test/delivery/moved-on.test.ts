import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import {
  accepted,
  answered,
  exchange,
  joined,
  question,
  refused,
  said,
  scripted,
  snapshot,
  watched,
} from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

describe('a task that waits for its next attempt, and that another device has ended', () => {
  const advised = () => Object.assign(new Error('x'), { status: 503, headers: { 'retry-after': '60' } })
  async function waiting() {
    const s = setUp({ responder: { words: 2, fail: (run) => (run === 1 ? advised() : undefined) } })
    s.conversation.subscribe(() => {})
    const other = s.makeClient().conversation('demo')
    other.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(1000)
    expect(s.conversation.getSnapshot().retryState).not.toBeNull()
    return { ...s, other, task }
  }
  it('by a retry, is over here too', async () => {
    const { clock, conversation, other, task } = await waiting()
    void other.retry(task.id)
    await clock.advance(2000)
    expect(transcript(other.getSnapshot().messages)[1]).toContain('(complete)')
    expect(conversation.getSnapshot()).toMatchObject({ status: 'ready', retryState: null })
  })
  it('by a stop, waits no more', async () => {
    const { clock, conversation, other, task } = await waiting()
    void other.stop(task.id)
    await clock.advance(2000)
    expect(other.getSnapshot().status).toBe('ready')
    expect(conversation.getSnapshot()).toMatchObject({ status: 'ready', retryState: null })
  })
})

describe('a message that timed out and arrived all the same', () => {
  it('shows no wait for its next attempt while its answer is there', async () => {
    const s = await watched(
      { 'chat:send': () => undefined },
      { retry: { baseDelay: 30_000, maxDelay: 30_000, jitter: 'none' } },
    )
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(11_000)
    expect(s.conversation.getSnapshot().retryState).not.toBeNull()
    s.push(exchange(task.id, s.firstId()))
    await s.clock.advance(2000)
    expect(s.conversation.getSnapshot()).toMatchObject({ status: 'ready', retryState: null })
  })
  it('leaves no error once it is answered', async () => {
    const s = await watched({ 'chat:send': () => undefined })
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(120_000)
    expect(s.conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'timeout' } })
    s.push(exchange(task.id, s.firstId()))
    await s.clock.advance(2000)
    expect(s.conversation.getSnapshot()).toMatchObject({ status: 'ready', error: null })
  })
})

describe('a page that was closed in the middle of an answer, and is opened two days later', () => {
  it('says nothing of a message that was never sent', async () => {
    const storage = memoryOutbox()
    const s = setUp({ client: { identity: 'ann', storage }, responder: { words: 50 } })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    expect(await outcome(task.accepted)).toBe('resolved')
    await s.client.close()
    await s.clock.advance(2 * 86_400_000)
    const next = s.makeClient()
    const errors: string[] = []
    next.on('error', ({ error }) => errors.push(error.code))
    const conversation = next.conversation('demo')
    conversation.subscribe(() => {})
    await s.clock.advance(10_000)
    expect(transcript(conversation.getSnapshot().messages)[0]).toBe('user: Hello (sent)')
    expect(errors).toEqual([])
    expect(conversation.getSnapshot()).toMatchObject({ status: 'ready', error: null })
  })
})

describe('a person who comes back to a conversation while offline, and retries what has failed there', () => {
  it('is not told at once that it has failed', async () => {
    const error = refused({ retryable: false, error_code: 'system' }).error
    const s = scripted({ 'chat:send': () => accepted(1), 'chat:retry': () => accepted(9) }, { gcTime: 1000 })
    const leave = s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    const asked = question(s.firstId(), { task_id: task.id })
    s.push([
      said(1, { type: 'message', task_id: task.id, message: asked }),
      said(2, { ...error, task_id: task.id, attempt: 1 }),
    ])
    await s.clock.advance(100)
    leave()
    await s.clock.advance(10_000)
    s.rewrite({
      'chat:join': () =>
        joined({
          offset: 2,
          snapshot: snapshot(2, {
            messages: [asked],
            tasks: [{ task_id: task.id, attempt: 1, state: 'failed', error }],
          }),
        }),
    })
    s.client.disconnect()
    s.conversation.subscribe(() => {})
    expect(s.conversation.getSnapshot().messages[0]?.status).toBe('failed')
    s.conversation.retry(task.id)
    await s.clock.advance(1000)
    s.client.connect()
    await s.clock.advance(1000)
    expect(s.asked('chat:retry')).toHaveLength(1)
  })
})

describe('a listener of the recovery manager that skips a wait at once', () => {
  it('leaves no message waiting on the screen', async () => {
    const s = await watched({ 'chat:send': () => refused({}) })
    const task = s.conversation.sendMessage('Hello')
    s.client.recovery.subscribe(() => {
      s.rewrite({ 'chat:send': () => accepted(1) })
      s.conversation.retryNow(task.id)
    })
    await s.clock.advance(20_000)
    expect(s.conversation.getSnapshot().retryState).toBeNull()
    expect(s.conversation.getSnapshot().messages[0]?.status).toBe('sent')
  })
})

describe('a task that ended while its client was away', () => {
  /** It was accepted; after the reconnect the snapshot shows no message of it. */
  async function unseen(hasOlder: boolean) {
    const s = await watched({ 'chat:send': () => accepted(1) })
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    const messages = [question('u9'), answered('a9')]
    const now = snapshot(90, { messages, has_older: hasOlder })
    s.rewrite({ 'chat:join': () => joined({ offset: 90, snapshot: now }) })
    s.cut()
    await s.clock.advance(20_000)
    return outcome(task.finished)
  }

  it('is not called cancelled where its answer may stand among the older messages', async () => {
    expect(await unseen(true)).toBe('unknown_message')
  })

  it('is called cancelled where there are none', async () => {
    expect(await unseen(false)).toBe('cancelled')
  })
})

describe('an acknowledgement that names another log', () => {
  it('makes that log known, also where no push does', async () => {
    const s = await watched({ 'chat:send': () => accepted(1, { epoch: 'f' }) })
    const task = s.conversation.sendMessage('Hello')
    const events = exchange(task.id, s.firstId(), { epoch: 'f' })
    s.rewrite({ 'chat:join': () => joined({ epoch: 'f', offset: 4, events }) })
    await s.clock.advance(100)
    expect(s.conversation.getSnapshot().status).toBe('ready')
    expect(await outcome(task.finished)).toBe('resolved')
  })
})

describe('a wait for the next attempt that the server asked for', () => {
  it('is not cut short where the server has lost its log meanwhile', async () => {
    const s = scripted({ 'chat:send': () => accepted(1) })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    const q = question(s.conversation.getSnapshot().messages[0]?.id ?? '')
    const { error } = refused({ retry_after_ms: 60_000 })
    s.push([
      said(1, { type: 'message', task_id: task.id, message: q }),
      said(2, { ...error, task_id: task.id, attempt: 1 }),
    ])
    await s.clock.advance(1000)
    s.rewrite({ 'chat:join': () => joined({ epoch: 'f' }), 'chat:send': () => accepted(1, { epoch: 'f' }) })
    s.cut()
    await s.clock.advance(20_000)
    expect(s.asked('chat:send')).toHaveLength(1)
    await s.clock.advance(42_000)
    expect(s.asked('chat:send')).toHaveLength(2)
  })
})

describe('a person who retries what only a refused join has failed', () => {
  it('hears how the attempt ended that was under way, and begins no other', async () => {
    const s = scripted({ 'chat:send': () => accepted(1), 'chat:retry': () => accepted(9) })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    const q = question(s.conversation.getSnapshot().messages[0]?.id ?? '')
    const about = { task_id: task.id, message_id: 'a', attempt: 1 }
    s.push([said(1, { type: 'message', task_id: task.id, message: q }), said(2, { type: 'start', ...about })])
    await s.clock.advance(100)
    s.rewrite({ 'chat:join': () => refused({ retryable: false, error_code: 'auth', code: 'forbidden' }) })
    s.cut()
    await s.clock.advance(5000)
    expect(await outcome(task.finished)).toBe('forbidden')
    const { error } = refused({ retryable: false, error_code: 'system' })
    s.rewrite({ 'chat:join': () => joined({ offset: 3, events: [said(3, { ...error, ...about })] }) })
    const again = s.conversation.retry(task.id)
    await s.clock.advance(5000)
    expect(await outcome(again.finished)).toBe('system')
    expect(s.asked('chat:retry')).toHaveLength(0)
  })
})
