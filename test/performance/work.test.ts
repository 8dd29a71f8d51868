import { expect, it, vi } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { scriptedTransport, storedMessage } from '../support/scripted-transport.js'
import { settle } from '../support/virtual-clock.js'

/** A client to which an answer is being streamed, with every listener call and every frame counted: no clock decides. */
async function streamingAfter(held: number) {
  const { transport, push } = scriptedTransport(held)
  const counts = { frames: 0, notified: 0 }
  const flushes: (() => void)[] = []
  const client = new ChatClient({
    url: 'http://chat.test',
    transport,
    schedule: (flush) => {
      counts.frames++
      flushes.push(flush)
      return () => {}
    },
  })
  const conversation = client.conversation('demo')
  conversation.subscribe(() => {
    counts.notified++
  })
  const frame = () => {
    for (const flush of flushes.splice(0)) flush()
  }
  while (conversation.getSnapshot().messages.length < held) await settle()
  push({ type: 'message', task_id: 't', message: storedMessage(held + 1) })
  push({ type: 'start', task_id: 't', message_id: 'answer', attempt: 1 })
  frame()
  return { client, conversation, push, frame, counts }
}

const delta = { type: 'delta', task_id: 't', message_id: 'answer', part: 0, text: 'word ' }

const lengths = [10, 10_000]

it.each(lengths)(
  'tells a listener once a frame, however many deltas came, with %i messages',
  async (held) => {
    const { client, push, frame, counts } = await streamingAfter(held)
    Object.assign(counts, { frames: 0, notified: 0 })
    for (let shown = 0; shown < 3; shown++) {
      for (let n = 0; n < 100; n++) push(delta)
      frame()
    }
    expect(counts).toMatchObject({ frames: 3, notified: 3 })
    frame()
    expect(counts.notified).toBe(3)
    await client.close()
  },
)

it.each(lengths)('makes no other object anew than the answer’s message, with %i messages', async (held) => {
  const { client, conversation, push } = await streamingAfter(held)
  push(delta)
  const before = conversation.getSnapshot()
  expect(conversation.getSnapshot()).toBe(before)
  for (let n = 0; n < 100; n++) push(delta)
  const after = conversation.getSnapshot()
  const changed = after.messages.filter((message, index) => message !== before.messages[index])
  expect(changed.map(({ id }) => id)).toEqual(['answer'])
  expect(after.messages).toHaveLength(before.messages.length)
  await client.close()
})

/** Calls of what an array offers for going through it or copying it, in whatever `work` does. */
function callsDuring(work: () => void): number {
  let calls = 0
  const names = ['slice', 'concat', 'map', 'filter', 'findLast', 'findLastIndex', 'findIndex'] as const
  const undo = names.map((name) => {
    const spy = vi.spyOn(Array.prototype, name)
    return () => {
      calls += spy.mock.contexts.filter((array) => (array as unknown[]).length > 8).length
      spy.mockRestore()
    }
  })
  work()
  for (const restore of undo) restore()
  return calls
}

it.each(lengths)(
  'goes through the messages once a frame, and not for a delta, with %i messages',
  async (held) => {
    const { client, conversation, push } = await streamingAfter(held)
    push(delta)
    expect(
      callsDuring(() => {
        for (let n = 0; n < 100; n++) push(delta)
      }),
    ).toBe(0)
    expect(callsDuring(() => void conversation.getSnapshot())).toBe(1)
    expect(callsDuring(() => void conversation.getSnapshot())).toBe(0)
    await client.close()
  },
)

it('makes the message once for all deltas between two looks, with the whole text', async () => {
  const { client, conversation, push } = await streamingAfter(10)
  push(delta)
  const seen = new Set<unknown>()
  for (let n = 1; n < 1000; n++) {
    push(delta)
    if (n % 100 === 0)
      for (let look = 0; look < 3; look++) seen.add(conversation.getSnapshot().messages.at(-1))
  }
  expect(seen.size).toBe(9)
  const text = 'word '.repeat(1000)
  expect(conversation.getSnapshot().messages.at(-1)?.parts).toEqual([{ type: 'text', text }])
  await client.close()
})
