import { describe, expect, it } from 'vitest'
import { InFlightRequests } from '../../src/connection/in-flight-requests.js'
import { ConnectionLost } from '../../src/errors/connection-lost.js'
import { VirtualClock } from '../support/virtual-clock.js'

function setUp() {
  const clock = new VirtualClock()
  const sent: string[] = []
  const answers = new Map<string, (answer: unknown) => void>()
  const line = { buffered: 0 }
  const requests = new InFlightRequests({
    clock,
    buffered: () => line.buffered,
    emit: (_event, payload, acknowledge) => {
      sent.push(String(payload))
      answers.set(String(payload), acknowledge)
    },
  })
  const ask = (name: string, urgent = false) =>
    requests.request('ask', name, { timeout: 10_000, urgent }).catch((error: unknown) => error)
  return { clock, sent, answers, line, requests, ask }
}

const hung = Array.from({ length: 10 }, (_, index) => `hung ${index}`)

describe('ten requests that the server leaves unanswered', () => {
  it('give their places to the next ones after a second', async () => {
    const { clock, sent, answers, ask } = setUp()
    for (const name of hung) void ask(name)
    const other = ask('other')
    await clock.advance(999)
    expect(sent).toEqual(hung)
    await clock.advance(1)
    expect(sent).toEqual([...hung, 'other'])
    answers.get('other')?.('yes')
    expect(await other).toBe('yes')
  })

  it('keep their places as long as packets wait on this machine', async () => {
    const { clock, sent, line, ask } = setUp()
    line.buffered = 3
    for (const name of hung) void ask(name)
    void ask('other')
    await clock.advance(5000)
    expect(sent).toEqual(hung)
    line.buffered = 0
    await clock.advance(1000)
    expect(sent).toContain('other')
  })

  it('let an urgent request pass at once', () => {
    const { sent, ask } = setUp()
    for (const name of hung) void ask(name)
    void ask('waits')
    void ask('stop', true)
    expect(sent).toEqual([...hung, 'stop'])
  })

  it('fail after their own time each, and leave no timer behind', async () => {
    const { clock, ask } = setUp()
    const all = Promise.all(hung.map((name) => ask(name)))
    await clock.advance(10_000)
    expect((await all).map((error) => (error as { code: string }).code)).toEqual(hung.map(() => 'timeout'))
    expect(clock.pending).toBe(0)
  })

  it('are all lost with the connection, and leave no timer behind', async () => {
    const { clock, requests, ask } = setUp()
    const all = Promise.all([...hung, 'waits'].map((name) => ask(name)))
    requests.rejectAll({ areSuspect: true })
    expect((await all).every((error) => error instanceof ConnectionLost)).toBe(true)
    expect(clock.pending).toBe(0)
  })
})

describe('a request that waits to leave', () => {
  it('does not leave if its answer is no longer wanted by then, and lets the next one go', async () => {
    const { clock, sent, answers, requests, ask } = setUp()
    let isWanted = true
    void ask('first')
    const options = { timeout: 10_000, losses: 1, isWanted: () => isWanted }
    const suspect = requests.request('ask', 'suspect', options).catch((error: unknown) => error)
    const next = requests.request('ask', 'next', { timeout: 10_000, losses: 2 })
    await clock.advance(10)
    isWanted = false
    answers.get('first')?.('yes')
    expect(await suspect).toMatchObject({ code: 'cancelled' })
    expect(sent).toEqual(['first', 'next'])
    answers.get('next')?.('yes')
    expect(await next).toBe('yes')
    expect(clock.pending).toBe(0)
  })
})

describe('a request that may be what ended an earlier connection', () => {
  const alone = { timeout: 10_000, losses: 1 }

  it('lets the others go first, leaves once nothing is unanswered, and lets nothing follow for a second', async () => {
    const { clock, sent, answers, requests, ask } = setUp()
    void ask('first')
    void requests.request('ask', 'suspect', alone).catch(() => {})
    void ask('second')
    await clock.advance(0)
    expect(sent).toEqual(['first', 'second'])
    answers.get('first')?.('yes')
    expect(sent).toHaveLength(2)
    answers.get('second')?.('yes')
    expect(sent).toEqual(['first', 'second', 'suspect'])
    void ask('third')
    expect(sent).toHaveLength(3)
    await clock.advance(1000)
    expect(sent).toEqual(['first', 'second', 'suspect', 'third'])
  })

  it.each([
    [1, 2000],
    [2, 4000],
    [3, 8000],
    [4, 16_000],
    [40, 16_000],
  ])('does not wait longer for that after %i losses than %i ms', async (losses, longest) => {
    const { clock, sent, requests } = setUp()
    void requests.request('ask', 'hung', { timeout: 20_000 })
    void requests.request('ask', 'suspect', { timeout: 20_000, losses }).catch(() => {})
    await clock.advance(longest - 1)
    expect(sent).toEqual(['hung'])
    await clock.advance(1)
    expect(sent).toEqual(['hung', 'suspect'])
  })

  it.each([
    [3, 'possible'],
    [4, 'likely'],
  ])(
    'and that leaves beside one that is never answered, after %i losses, is told %s',
    async (losses, suspicion) => {
      const { clock, answers, requests, ask } = setUp()
      void ask('other')
      answers.get('other')?.('yes')
      const hung = requests.request('ask', 'hung', { timeout: 20_000 }).catch((error: unknown) => error)
      const suspect = requests
        .request('ask', 'suspect', { timeout: 20_000, losses })
        .catch((error: unknown) => error)
      await clock.advance(16_000)
      requests.rejectAll({ areSuspect: true })
      expect(await hung).toMatchObject({ suspicion: 'possible' })
      expect(await suspect).toMatchObject({ suspicion })
      expect(clock.pending).toBe(0)
    },
  )

  it.each([
    ['likely', 'it was the only one unanswered, and another one had been answered', ['other'], true],
    ['possible', 'no other one had been answered', [], true],
    ['none', 'this side ended the connection', ['other'], false],
  ])('is told that its part in the loss is %s if %s', async (suspicion, _why, answered, areSuspect) => {
    const { answers, requests, ask } = setUp()
    for (const name of answered) {
      void ask(name)
      answers.get(name)?.('yes')
    }
    const lost = ask('suspect')
    requests.rejectAll({ areSuspect })
    expect(await lost).toMatchObject({ code: 'network', suspicion })
  })

  it('is told that its part in the loss is possible if another one was answered over an earlier connection alone', async () => {
    const { answers, requests, ask } = setUp()
    void ask('other')
    answers.get('other')?.('yes')
    requests.rejectAll({ areSuspect: true })
    const lost = ask('suspect')
    requests.rejectAll({ areSuspect: true })
    expect(await lost).toMatchObject({ code: 'network', suspicion: 'possible' })
  })
})
