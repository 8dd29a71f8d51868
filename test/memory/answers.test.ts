import { Server } from 'socket.io'
import { expect, it, vi } from 'vitest'
import { ChatServer, memoryStore } from '../../src/server/index.js'
import { heapUsed, kilobytes, median, report } from '../performance/measure.js'

it('of an answer that is over, a server keeps what is stored, and nothing of the run', async () => {
  const answers = 500
  let ended = 0
  async function* respond() {
    yield 'Hello '
    yield 'world'
    ended += 1
  }
  const chat = new ChatServer({ store: memoryStore(), authenticate: () => ({ id: 'u' }), respond })
  await chat.attach(new Server())
  const grown: number[] = []
  for (let round = 1; round <= 6; round++) {
    const before = await heapUsed()
    for (let n = 0; n < answers; n++)
      await chat.answer({ scope: 'u', conversationId: `c${n % 25}`, id: `t${round}-${n}`, respond })
    await vi.waitUntil(() => ended === round * answers && chat.stats().runs === 0, { timeout: 20_000 })
    // The first round pays for code being compiled.
    if (round > 1) grown.push((await heapUsed()) - before)
  }
  const each = median(grown) / answers
  report(`${answers} answers in 25 conversations`, { 'each keeps': kilobytes(each) })
  expect(each).toBeLessThan(5000)
  await chat.close({ drainMs: 0 })
})
