import { expect, it } from 'vitest'
import { setUp } from '../support/set-up.js'

const latency = 100

/** Virtual milliseconds from the first click until the last answer is whole, one message in each conversation. */
async function timeFor(conversations: number): Promise<{ accepted: number; finished: number }> {
  const { clock, client } = setUp({ server: { latency }, responder: { words: 20, pace: 100 } })
  const began = clock.now()
  const tasks = Array.from({ length: conversations }, (_, n) =>
    client.conversation(`c${n}`).sendMessage('Hello'),
  )
  let accepted = 0
  let finished = 0
  for (const task of tasks) {
    void task.accepted.then(() => {
      accepted = clock.now() - began
    })
    void task.finished.then(() => {
      finished = clock.now() - began
    })
  }
  await clock.advance(60_000)
  await Promise.all(tasks.map((task) => task.finished))
  await client.close()
  return { accepted, finished }
}

it('50 messages in 50 conversations take at most three times as long as one', async () => {
  const one = await timeFor(1)
  const fifty = await timeFor(50)
  const ratio = fifty.finished / one.finished
  console.info(
    `answers of 2 s over ${2 * latency} ms a round trip: one after ${one.finished} ms, 50 in 50 conversations after ` +
      `${fifty.finished} ms, ${ratio.toFixed(2)} ×; accepted after ${one.accepted} and ${fifty.accepted} ms`,
  )
  expect(ratio).toBeLessThanOrEqual(3)
})
