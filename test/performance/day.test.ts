import { expect, it } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { TrackedClock } from '../support/tracked-clock.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { echoServer } from './echo-server.js'
import { heapUsed, kilobytes, report, slopeWithInterval } from './measure.js'

const hour = 3_600_000
const hours = 24
// The engine goes on compiling code, which is on the heap too, through the first week.
const warmUp = 168

it('holds its memory over a day of use, with a lost connection every hour', async () => {
  const clock = new VirtualClock()
  const clientClock = new TrackedClock(clock)
  const server = echoServer(clock)
  const client = new ChatClient({ url: 'http://chat.test', transport: server.transport, clock: clientClock })
  let answers = 0

  /** Opens a conversation, writes twelve messages over the hour, loses the connection on the way, and leaves. */
  async function spend(index: number): Promise<void> {
    const conversation = client.conversation(`hour ${index}`)
    const leave = conversation.subscribe(() => void conversation.getSnapshot())
    for (let message = 0; message < 12; message++) {
      if (message === 6) server.cut()
      const task = conversation.sendMessage(`message ${message}`)
      await clock.advance(hour / 12)
      await task.finished
      answers++
    }
    leave()
  }

  const heap: number[] = []
  for (let index = 0; index < warmUp + hours; index++) {
    await spend(index)
    if (index >= warmUp) heap.push(await heapUsed())
  }
  const { slope, margin } = slopeWithInterval(heap)
  report(`${hours} simulated hours, ${answers} answers`, {
    'heap slope': `${kilobytes(slope)} per hour, 95 % interval ${kilobytes(slope - margin)} to ${kilobytes(slope + margin)}`,
    heap: `${kilobytes(heap[0] ?? 0)} to ${kilobytes(heap.at(-1) ?? 0)}`,
  })
  await client.close()
  expect(clientClock.pending).toBe(0)
  expect(answers).toBe(12 * (warmUp + hours))
  // It fails where a growth of more than 1 kB an hour is certain; the engine's own coming and going is of that size.
  expect(slope - margin).toBeLessThan(1024)
})
