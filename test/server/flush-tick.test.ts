import { describe, expect, it } from 'vitest'
import { ChunkGatherer } from '../../src/server/engine/chunk-gatherer.js'
import { FlushTick } from '../../src/server/engine/flush-tick.js'
import type { StoredEvent } from '../../src/server/store/stored-event.js'
import { VirtualClock } from '../support/virtual-clock.js'

const delta = (text: string): StoredEvent => ({
  type: 'delta',
  task_id: 't',
  message_id: 'm',
  part: 0,
  text,
})

const textOf = (events: readonly StoredEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : event.type)).join('|')

/** Answers of one node, and what each of them stores when. */
function setUp({ flushMs = 15, takes = 0 } = {}) {
  const clock = new VirtualClock()
  const began = clock.now()
  const tick = new FlushTick(flushMs, clock)
  const stored: string[] = []
  const answer = (name: string) =>
    new ChunkGatherer({
      clock,
      tick,
      store: async (events) => {
        stored.push(`${clock.now() - began} ${name} ${textOf(events)}`)
        if (takes > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, takes))
      },
      onFailed: () => {},
    })
  return { clock, stored, answer }
}

describe('the moments at which answers store their chunks', () => {
  it('come at once for the first chunk of an answer, also beside another answer', async () => {
    const { clock, stored, answer } = setUp()
    answer('a').add(delta('1'))
    await clock.advance(3)
    answer('b').add(delta('2'))
    expect(stored).toEqual(['0 a 1', '3 b 2'])
  })

  it('come at once for a chunk if no answer has stored anything for that long', async () => {
    const { clock, stored, answer } = setUp()
    const a = answer('a')
    for (const text of ['1', '2', '3']) {
      a.add(delta(text))
      await clock.advance(20)
    }
    expect(stored).toEqual(['0 a 1', '20 a 2', '40 a 3'])
  })

  it('are the same for all answers that go on', async () => {
    const { clock, stored, answer } = setUp()
    const [a, b] = [answer('a'), answer('b')]
    a.add(delta('1'))
    b.add(delta('2'))
    await clock.advance(4)
    a.add(delta('3'))
    await clock.advance(4)
    b.add(delta('4'))
    a.add(delta('5'))
    await clock.advance(20)
    expect(stored).toEqual(['0 a 1', '0 b 2', '15 a 35', '15 b 4'])
  })

  it('come at once for the first chunk after a pause of half a second, whatever other answers do', async () => {
    const { clock, stored, answer } = setUp()
    const [a, b] = [answer('a'), answer('b')]
    a.add(delta('1'))
    for (let n = 0; n < 50; n++) {
      b.add(delta('.'))
      await clock.advance(10)
    }
    stored.length = 0
    b.add(delta('.'))
    await clock.advance(1)
    a.add(delta('2'))
    expect(stored).toContain('501 a 2')
  })

  it('wait until the store has answered, and come at once for what was gathered since', async () => {
    const { clock, stored, answer } = setUp({ takes: 40 })
    const a = answer('a')
    a.add(delta('1'))
    await clock.advance(10)
    a.add(delta('2'))
    await clock.advance(50)
    expect(stored).toEqual(['0 a 1', '40 a 2'])
  })

  it('come no later if the clock is set back', async () => {
    const { clock, stored, answer } = setUp()
    const a = answer('a')
    a.add(delta('1'))
    clock.jump(-60_000)
    a.add(delta('2'))
    await clock.advance(15)
    expect(stored.map((line) => line.slice(-3))).toEqual(['a 1', 'a 2'])
  })

  it('never come for an answer that was given up', async () => {
    const { clock, stored, answer } = setUp()
    const a = answer('a')
    a.add(delta('1'))
    await clock.advance(1)
    a.add(delta('2'))
    a.discard()
    await clock.advance(100)
    expect(stored).toEqual(['0 a 1'])
    expect(clock.pending).toBe(0)
  })

  it('come for the rest of an answer as it ends', async () => {
    const { clock, stored, answer } = setUp()
    const a = answer('a')
    a.add(delta('1'))
    await clock.advance(1)
    a.add(delta('2'))
    await a.end()
    expect(stored).toEqual(['0 a 1', '1 a 2'])
  })

  it('come for each chunk if nothing is gathered, and for those that came while one was being stored', async () => {
    const { clock, stored, answer } = setUp({ flushMs: 0, takes: 5 })
    const a = answer('a')
    for (const text of ['1', '2', '3']) expect(a.add(delta(text))).toBeUndefined()
    await clock.advance(5)
    await clock.advance(5)
    a.add(delta('4'))
    expect(stored).toEqual(['0 a 1', '5 a 2|3', '10 a 4'])
  })

  it('hold up a responder that is far ahead of the store', async () => {
    const { clock, stored, answer } = setUp({ flushMs: 0, takes: 5 })
    const a = answer('a')
    a.add(delta('1'))
    const full = a.add(delta('x'.repeat(70_000)))
    expect(full).toBeInstanceOf(Promise)
    await clock.advance(5)
    await full
    expect(stored).toHaveLength(2)
  })
})
