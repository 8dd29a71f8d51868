import { expect, it } from 'vitest'
import {
  accepted,
  older,
  question,
  refused,
  said,
  watched,
  watchedFromEnd,
} from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

const busy = () => refused({ code: 'overloaded' })

it('retry() loads older messages again if that failed, and says by its promises whether they came', async () => {
  const s = await watchedFromEnd({ 'chat:history': busy })
  const first = s.conversation.loadOlder()
  await s.clock.advance(100)
  expect(await outcome(first)).toBe('overloaded')
  expect(s.conversation.getSnapshot().error?.code).toBe('overloaded')
  const second = s.conversation.retry()
  await s.clock.advance(100)
  expect(await outcome(second.accepted)).toBe('overloaded')
  s.rewrite({ 'chat:history': () => older(10, [question('u4')]) })
  const third = s.conversation.retry()
  await s.clock.advance(100)
  expect(await outcome(third.accepted)).toBe('resolved')
  expect(await outcome(third.finished)).toBe('unknown_task')
  expect(s.conversation.getSnapshot()).toMatchObject({ error: null, messages: [{ id: 'u4' }, { id: 'u5' }] })
})

it('retry() stops again if the stop was refused', async () => {
  const s = await watched({
    'chat:send': () => accepted(1),
    'chat:stop': () => refused({ retryable: false }),
  })
  const task = s.conversation.sendMessage('hi')
  await s.clock.advance(100)
  s.push(said(1, { type: 'message', task_id: task.id, message: question('q') }))
  s.push(said(2, { type: 'start', task_id: task.id, message_id: 'a', attempt: 1 }))
  const first = s.conversation.stop()
  await s.clock.advance(100)
  expect(await outcome(first)).toBe('temporary')
  s.rewrite({ 'chat:stop': () => ({ ok: true, epoch: 'e', offset: 3, stopped: true }) })
  const again = s.conversation.retry()
  await s.clock.advance(50)
  s.push(said(3, { type: 'stop', task_id: task.id, message_id: 'a' }))
  await s.clock.advance(50)
  expect(await outcome(again.accepted)).toBe('resolved')
  expect(s.conversation.getSnapshot()).toMatchObject({ error: null, messages: [{}, { status: 'stopped' }] })
})

it('retry() retries the failed message also if older messages could not be loaded since', async () => {
  const s = await watchedFromEnd({ 'chat:history': busy, 'chat:send': () => refused({ retryable: false }) })
  const task = s.conversation.sendMessage('hi')
  await s.clock.advance(100)
  void s.conversation.loadOlder()
  await s.clock.advance(100)
  expect(s.conversation.getSnapshot().error?.code).toBe('overloaded')
  expect(s.conversation.retry().id).toBe(task.id)
  await s.clock.advance(100)
  expect(s.asked('chat:history')).toHaveLength(1)
})

it('retry() does nothing of the past once the error is off the screen', async () => {
  const s = await watchedFromEnd({ 'chat:history': busy })
  void s.conversation.loadOlder()
  await s.clock.advance(100)
  s.conversation.clearError()
  expect(await outcome(s.conversation.retry().accepted)).toBe('unknown_task')
  await s.clock.advance(100)
  expect(s.asked('chat:history')).toHaveLength(1)
})
