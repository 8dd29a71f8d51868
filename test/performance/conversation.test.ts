import { expect, it } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { scriptedTransport, storedMessage } from '../support/scripted-transport.js'
import { settle } from '../support/virtual-clock.js'
import { compare, leastOf, microseconds, report, timePerCall } from './measure.js'

/** A client that has so many messages, and to which an answer is being streamed. */
async function streamingAfter(held: number) {
  const { transport, push } = scriptedTransport(held)
  const flushes: (() => void)[] = []
  const client = new ChatClient({
    url: 'http://chat.test',
    transport,
    // The frames come when the test says so.
    schedule: (flush) => {
      flushes.push(flush)
      return () => {}
    },
  })
  const conversation = client.conversation('demo')
  conversation.subscribe(() => conversation.getSnapshot())
  while (conversation.getSnapshot().messages.length < held) await settle()
  push({ type: 'message', task_id: 't', message: storedMessage(held + 1) })
  push({ type: 'start', task_id: 't', message_id: 'answer', attempt: 1 })
  const delta = { type: 'delta', task_id: 't', message_id: 'answer', part: 0, text: 'word ' }
  return {
    client,
    conversation,
    perDelta: () => leastOf(10, () => timePerCall(500, () => push(delta))),
    perFrame: () =>
      leastOf(10, () =>
        timePerCall(10, () => {
          push(delta)
          for (const flush of flushes.splice(0)) flush()
        }),
      ),
  }
}

it('does the same work for a delta with 10,000 messages held as with 10', async () => {
  const few = await streamingAfter(10)
  const many = await streamingAfter(10_000)
  const [at10, at10000] = await compare(few.perDelta, many.perDelta, 9)
  const [frame10, frame10000] = await compare(few.perFrame, many.perFrame, 9)
  report('a delta', {
    'with 10 messages held': microseconds(at10),
    'with 10,000': microseconds(at10000),
    ratio: (at10000 / at10).toFixed(2),
    'a frame’s snapshot with 10': microseconds(frame10),
    'with 10,000 messages': microseconds(frame10000),
  })
  expect(many.conversation.getSnapshot().messages).toHaveLength(10_002)
  expect(at10000 / at10).toBeLessThan(3)
  // Well within the 16 ms of a frame.
  expect(frame10000).toBeLessThan(4000)
  await few.client.close()
  await many.client.close()
})
