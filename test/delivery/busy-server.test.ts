import { expect, it } from 'vitest'
import { accepted, joined, question, refused, said, scripted } from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

it.each(['rate_limited', 'overloaded'])(
  'a hundred queued messages outlast a server that refuses fifty times with %s and a time',
  async (code) => {
    let refusals = 0
    const s = scripted({
      'chat:send': () =>
        refusals++ < 50 ? refused({ code, retry_after_ms: 1000 }) : accepted(s.asked('chat:send').length),
    })
    const tasks = Array.from({ length: 100 }, (_, n) => s.conversation.sendMessage(`message ${n}`))
    await s.clock.advance(3_600_000)
    for (const task of tasks) expect(await outcome(task.accepted)).toBe('resolved')
  },
)

it('a message that a busy server refuses for a day expires', async () => {
  const s = scripted({ 'chat:send': () => refused({ code: 'overloaded', retry_after_ms: 600_000 }) })
  const task = s.conversation.sendMessage('hi')
  await s.clock.advance(86_400_000 + 1000)
  expect(await outcome(task.accepted)).toBe('expired')
})

it('a refusal without a time costs an attempt, as ever', async () => {
  const s = scripted({ 'chat:send': () => refused({ code: 'overloaded' }) })
  const task = s.conversation.sendMessage('hi')
  await s.clock.advance(60_000)
  expect(await outcome(task.accepted)).toBe('overloaded')
  expect(s.asked('chat:send')).toHaveLength(3)
})

/** A message whose first attempt has failed, before a server that is too busy for another one. */
async function failedOnce(isBusy: () => boolean) {
  const s = scripted({
    'chat:join': ({ after }) => joined({ offset: (after as { offset: number } | null)?.offset ?? 0 }),
    'chat:send': () => accepted(1),
    'chat:retry': () => (isBusy() ? refused({ code: 'overloaded', retry_after_ms: 60_000 }) : accepted(3)),
  })
  const task = s.conversation.sendMessage('hi')
  await s.clock.advance(100)
  const ofTask = { task_id: task.id }
  const error = { type: 'error', error: 'x', error_code: 'temporary', retryable: true, attempt: 1 }
  s.push(said(1, { type: 'message', ...ofTask, message: question('q') }))
  s.push(said(2, { ...error, ...ofTask }))
  return { ...s, task, ofTask }
}

it('a retry that a busy server refuses with a time costs no attempt', async () => {
  let refusals = 0
  const s = await failedOnce(() => refusals++ < 50)
  for (let turn = 0; turn < 1000 && refusals <= 50; turn++) await s.clock.advance(10_000)
  expect(s.asked('chat:retry')).toHaveLength(51)
  s.push(said(3, { type: 'start', ...s.ofTask, message_id: 'a', attempt: 2 }))
  s.push(said(4, { type: 'finish', ...s.ofTask, message_id: 'a' }))
  await s.clock.advance(100)
  expect(await outcome(s.task.finished)).toBe('resolved')
})

it('a retry that a busy server refuses for a day is given up', async () => {
  const s = await failedOnce(() => true)
  await s.clock.advance(2 * 86_400_000)
  expect(await outcome(s.task.finished)).toBe('overloaded')
})

it('an attempt that the server has made costs an attempt, also if its error says that the server is busy', async () => {
  const s = await failedOnce(() => false)
  const busy = { type: 'error', error: 'x', error_code: 'temporary', code: 'overloaded', retryable: true }
  for (const [index, attempt] of [2, 3].entries()) {
    await s.clock.advance(10_000)
    s.push(said(3 + index, { ...busy, ...s.ofTask, attempt, retry_after_ms: 1000 }))
  }
  await s.clock.advance(60_000)
  expect(await outcome(s.task.finished)).toBe('overloaded')
  expect(s.asked('chat:retry')).toHaveLength(2)
})
