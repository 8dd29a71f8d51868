import type * as Reconvene from '../../../src/index.js'
import { scriptedTransport, storedMessage } from '../../support/scripted-transport.js'

export type Library = typeof Reconvene

/** Pushes between two frames: of a model that writes a thousand tokens a second, far fewer come. */
export const pushesPerFrame = 100

/** A client that holds so many messages, without a network: what is pushed is all that it has to do. */
export async function openChat({ ChatClient }: Library, held: number) {
  const { transport, push } = scriptedTransport(held)
  const flushes: (() => void)[] = []
  const client = new ChatClient({
    url: 'http://chat.test',
    transport,
    // Frames come when the measurement says so.
    schedule: (flush) => {
      flushes.push(flush)
      return () => {}
    },
  })
  const conversation = client.conversation('demo')
  conversation.subscribe(() => conversation.getSnapshot())
  const frame = () => {
    for (const flush of flushes.splice(0)) flush()
  }
  while (conversation.getSnapshot().status !== 'ready' || conversation.getSnapshot().messages.length < held)
    await new Promise((resolve) => setImmediate(resolve))
  // The join's answer has arrived when what is pushed is applied.
  await new Promise((resolve) => setImmediate(resolve))
  return {
    conversation,
    push,
    frame,
    close: () => client.close(),
    /** Messages, one by one. @returns milliseconds */
    append(count: number): number {
      const messages = Array.from({ length: count }, (_, index) => storedMessage(held + index + 1))
      const begin = performance.now()
      for (const [index, message] of messages.entries()) {
        push({ type: 'message', message })
        if (index % pushesPerFrame === 0) frame()
      }
      frame()
      return performance.now() - begin
    },
    /** An answer of so many deltas of 20 characters. @returns milliseconds */
    answer(deltas: number): number {
      const ids = { task_id: 't', message_id: 'answer' }
      const delta = { type: 'delta', part: 0, text: 'a word, and another ', ...ids }
      push({ type: 'message', task_id: 't', message: { ...storedMessage(1), id: 'question' } })
      push({ type: 'start', attempt: 1, ...ids })
      const begin = performance.now()
      for (let index = 0; index < deltas; index++) {
        push(delta)
        if (index % pushesPerFrame === 0) frame()
      }
      push({ type: 'finish', ...ids })
      frame()
      return performance.now() - begin
    },
  }
}
