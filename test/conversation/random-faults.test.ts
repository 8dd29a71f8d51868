import { expect, it } from 'vitest'
import { conversationKey } from '../../examples/mock-server/conversation-key.js'
import { MemoryLog } from '../../examples/mock-server/conversation-log.js'
import { type ChatTask, type Conversation, messageText } from '../../src/index.js'
import { seededRandom } from '../support/random.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

const seeds = 120

async function run(seed: number) {
  const random = seededRandom(seed)
  const chance = (probability: number) => random() < probability
  const log = new MemoryLog({ epoch: 'epoch-1' })
  const setup = setUp({
    server: { log },
    responder: {
      words: 5,
      fail: () => (chance(0.05) ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
    },
    client: { retryBudget: false, random },
  })
  const { clock, network, conversation, client, clientClock, makeClient } = setup
  const other = makeClient().conversation('demo')
  conversation.subscribe(() => {})
  other.subscribe(() => {})
  const tasks: ChatTask[] = []
  const stops: Promise<void>[] = []
  const harm = () => {
    network.losesRequest = () => chance(0.2)
    network.losesAnswer = () => chance(0.2)
    network.push = (event) => (chance(0.1) ? [] : chance(0.1) ? [event, event] : [event])
  }
  const act = async (by: Conversation) => {
    const what = random()
    if (what < 0.45) tasks.push(by.sendMessage(`message ${tasks.length}`))
    else if (what < 0.55) stops.push(by.stop())
    else if (what < 0.62) tasks.push(by.regenerate())
    else if (what < 0.7) {
      const users = by
        .getSnapshot()
        .messages.filter(({ role, status }) => role === 'user' && status === 'sent')
      const target = users[Math.floor(random() * users.length)]
      if (target) tasks.push(by.editMessage(target.id, `edit ${tasks.length}`))
    } else if (what < 0.78) tasks.push(by.retry())
    else if (what < 0.9) network.cut()
    else await network.restart(log)
  }
  harm()
  for (let step = 0; step < 15; step++) {
    await act(chance(0.8) ? conversation : other)
    network.reachable = chance(0.8)
    await clock.advance(Math.floor(random() * 400))
  }
  network.reachable = true
  network.losesRequest = () => false
  network.losesAnswer = () => false
  network.push = (event) => [event]
  await clock.advance(300_000)
  return { tasks, stops, conversation, other, log, client, clientClock, network }
}

it(`what two people see equals the log, whatever happened on the way, over ${seeds} runs`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const { tasks, stops, conversation, other, log, network } = await run(seed)
    const ends = tasks.flatMap((task) => [task.accepted, task.finished]).map(outcome)
    const settled = await Promise.race([
      Promise.all([...ends, ...stops.map(outcome)]),
      new Promise((resolve) => setImmediate(() => resolve('hung'))),
    ])
    expect(settled, `seed ${seed}: every promise settles`).not.toBe('hung')

    const events = log.read(conversationKey('guest', 'demo')).steps.flatMap((step) => step.events)
    const inputs = log
      .read(conversationKey('guest', 'demo'))
      .steps.flatMap(({ accepted }) => accepted?.task_id ?? [])
    expect(new Set(inputs).size, `seed ${seed}: no input is stored twice`).toBe(inputs.length)
    expect(
      events.map(({ offset }) => offset),
      `seed ${seed}`,
    ).toEqual(events.map((_, index) => index + 1))

    const answer = await network.handler.join('guest', { conversation_id: 'demo', after: null })
    const truth = (answer.snapshot?.messages ?? []).map(
      ({ role, parts }) =>
        `${role}: ${parts
          .map((part) => ('text' in part ? part.text : ''))
          .join('')
          .trim()}`,
    )
    for (const seen of [conversation, other]) {
      const shown = seen
        .getSnapshot()
        .messages.filter(({ status, error }) => status !== 'failed' || error?.code !== 'cancelled')
      const logged = shown.filter(({ id }) => answer.snapshot?.messages.some((message) => message.id === id))
      expect(
        logged.map((message) => `${message.role}: ${messageText(message).trim()}`),
        `seed ${seed}: ${transcript(shown).join(' | ')}`,
      ).toEqual(truth)
      expect(
        shown.every(({ status }) => ['sent', 'complete', 'stopped', 'failed'].includes(status)),
        `seed ${seed}: ${transcript(shown).join(' | ')}`,
      ).toBe(true)
      expect(seen.getSnapshot().discontinuity, `seed ${seed}`).toBeNull()
    }
    for (const { role, parts } of answer.snapshot?.messages ?? []) {
      if (role !== 'assistant') continue
      const marks = new Set(parts.flatMap((part) => ('text' in part ? String(part.text).match(/r\d+/g) : [])))
      expect(marks.size, `seed ${seed}: one answer is of one run`).toBeLessThanOrEqual(1)
    }
  }
}, 120_000)
