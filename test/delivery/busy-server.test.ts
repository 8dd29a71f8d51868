import { expect, it } from 'vitest'
import { accepted, refused, scripted } from '../support/scripted-server.js'
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
