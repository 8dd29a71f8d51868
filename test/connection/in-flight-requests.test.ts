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
    requests.rejectAll()
    expect((await all).every((error) => error instanceof ConnectionLost)).toBe(true)
    expect(clock.pending).toBe(0)
  })
})
