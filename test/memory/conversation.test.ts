import { expect, it } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { heapUsed, kilobytes, median, report } from '../performance/measure.js'
import { scriptedTransport } from '../support/scripted-transport.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

it('gives back the memory of a conversation that nobody looks at any more', async () => {
  const held = 20_000
  const clock = new VirtualClock()
  const { transport } = scriptedTransport(held)
  const client = new ChatClient({ url: 'http://chat.test', transport, clock, gcTime: 60_000 })
  client.connect()
  await settle()
  const kept: number[] = []
  const given: number[] = []
  for (let round = 0; round <= 5; round++) {
    const before = await heapUsed()
    const open = client.conversation(`c${round}`)
    const leave = open.subscribe(() => {})
    await settle()
    expect(open.getSnapshot().messages).toHaveLength(held)
    const full = await heapUsed()
    leave()
    await clock.advance(60_000)
    const after = await heapUsed()
    // The first round pays for code being compiled.
    if (round === 0) continue
    kept.push(full - before)
    given.push(full - after)
  }
  const [size, back] = [median(kept), median(given)]
  report(`a conversation of ${held} messages`, {
    held: kilobytes(size),
    'bytes per message': (size / held).toFixed(0),
    'given back after gcTime': `${((100 * back) / size).toFixed(1)} %`,
  })
  expect(back / size).toBeGreaterThan(0.95)
  expect(size / held).toBeLessThan(2000)
  await client.close()
})
