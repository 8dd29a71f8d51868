import { expect, it } from 'vitest'
import { systemClock } from '../../src/shared/clock.js'
import { liveChat } from '../support/live-chat.js'
import { WordResponder } from '../support/word-responder.js'
import { milliseconds, percentile, report } from './measure.js'

const live = liveChat()

const connections = 50
const conversationsEach = 4
const sendsEach = 10
const sends = connections * conversationsEach * sendsEach

/** A crowd that sends everything at once. @returns how long each message took to be accepted, in milliseconds. */
async function crowd(url: string, name: string): Promise<number[]> {
  const accepted: Promise<number>[] = []
  for (let index = 0; index < connections; index++) {
    const client = live.client(url, { auth: `${name}${index}`, timeouts: { acknowledge: 60_000 } })
    for (let c = 0; c < conversationsEach; c++) {
      const conversation = client.conversation(`c${c}`)
      for (let n = 0; n < sendsEach; n++) {
        const begin = performance.now()
        const task = conversation.sendMessage(`message ${n}`)
        accepted.push(task.accepted.then(() => performance.now() - begin))
        tasks.push(task.finished)
      }
    }
  }
  return Promise.all(accepted)
}
const tasks: Promise<unknown>[] = []

it(`accepts and answers ${sends} messages that ${connections} connections send at once`, async () => {
  const responder = new WordResponder({ clock: systemClock, words: 3, pace: 0 })
  const server = await live.serve({ responder })
  const begin = performance.now()
  const waits = await crowd(server.url, 'user')
  const acceptedAfter = performance.now() - begin
  await Promise.all(tasks.splice(0))
  const answeredAfter = performance.now() - begin
  report(`${sends} messages at once over ${connections} connections`, {
    'p50 to accepted': milliseconds(percentile(waits, 0.5)),
    p99: milliseconds(percentile(waits, 0.99)),
    'all accepted after': milliseconds(acceptedAfter),
    'all answered after': milliseconds(answeredAfter),
    'accepted per second': ((sends * 1000) / acceptedAfter).toFixed(0),
  })
  expect(waits).toHaveLength(sends)
  expect(responder.runs).toBe(sends)
})

it('answers those whose requests are fine while a crowd’s fail all the time', async () => {
  const responder = new WordResponder({ clock: systemClock, words: 3, pace: 0 })
  const server = await live.serve({ responder })
  const healthy = live.client(server.url, { auth: 'healthy' }).conversation('demo')
  const measure = async () => {
    const waits: number[] = []
    for (let n = 0; n < 25; n++) {
      const begin = performance.now()
      await healthy.sendMessage(`message ${n}`).finished
      waits.push(performance.now() - begin)
    }
    return waits
  }
  await measure()
  const calm = await measure()

  let failures = 0
  let ended = false
  const crowd = Array.from({ length: 10 }, async (_, index) => {
    const user = `failing${index}`
    server.faults.add(user, { kind: 'unknown', times: 1_000_000 })
    const conversation = live
      .client(server.url, { auth: user, retry: { maxAttempts: 1 } })
      .conversation('demo')
    while (!ended) await conversation.sendMessage('Hello').finished.catch(() => failures++)
  })
  const busy = await measure()
  ended = true
  await Promise.all(crowd)

  report('an answer of three words', {
    'p50 alone': milliseconds(percentile(calm, 0.5)),
    'p50 beside ten who fail all the time': milliseconds(percentile(busy, 0.5)),
    'p99 beside them': milliseconds(percentile(busy, 0.99)),
    failures: String(failures),
  })
  expect(failures).toBeGreaterThan(50)
  expect(percentile(busy, 0.5)).toBeLessThan(1000)
})
