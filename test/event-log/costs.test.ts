import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import { reduce } from '../../src/event-log/log-reducer.js'
import type { ReduceContext } from '../../src/event-log/log-state.js'
import { emptyLog, type LogState } from '../../src/event-log/log-state.js'
import { listOf } from '../../src/event-log/message-list.js'
import { messageFromWire } from '../../src/message/wire-message.js'
import { decodeEvent } from '../../src/protocol/decode.js'
import type { ChatEvent, WireMessage } from '../../src/protocol/events.js'
import { question, said } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

const context: ReduceContext = {
  translate: (error) => translateError(error),
  now: 0,
  maxMessageBytes: Infinity,
}

/** Counts how often an element of the array is read. */
function counted<T>(elements: readonly T[]): { array: readonly T[]; reads: () => number } {
  let reads = 0
  const array = new Proxy(elements, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++
      return Reflect.get(target, key, receiver)
    },
  })
  return { array, reads: () => reads }
}

/** The messages that are read while an answer of 100 deltas comes to a conversation that holds so many. */
function readsOfAnAnswer(held: number): number {
  const messages = Array.from({ length: held }, (_, n) =>
    messageFromWire(question(`m${n}`) as WireMessage, context.translate),
  )
  const { array, reads } = counted(messages)
  const apply = (log: LogState, body: object) => {
    const next = reduce(log, decodeEvent(said(1, body)) as ChatEvent, context)
    if (typeof next === 'string') throw new Error(next)
    return next
  }
  const answer = { task_id: 't', message_id: 'a' }
  const log: LogState = { ...emptyLog, messages: listOf(array) }
  const begun = apply(log, { type: 'start', ...answer, attempt: 1 })
  let streamed = apply(begun, { type: 'delta', ...answer, part: 0, text: 'x' })
  const before = reads()
  for (let n = 0; n < 100; n++) streamed = apply(streamed, { type: 'delta', ...answer, part: 0, text: 'x' })
  return reads() - before
}

describe('a delta', () => {
  it('reads no other message, however many there are', () => {
    expect([10, 20_000].map(readsOfAnAnswer)).toEqual([0, 0])
  })
})

describe('ten thousand messages', () => {
  it('written offline are refused beyond the hundredth, unless the app allows for more', async () => {
    const { conversation, network } = setUp()
    network.reachable = false
    const tasks = Array.from({ length: 2000 }, (_, n) => conversation.sendMessage(`message ${n}`))
    expect(conversation.getSnapshot().messages).toHaveLength(100)
    expect(await outcome(tasks[100]?.accepted ?? Promise.resolve())).toBe('queue_full')
  })

  it('written offline where the app allows it are all sent, in order', async () => {
    const { clock, conversation, network, responder } = setUp({
      client: { limits: { maxQueued: 10_000 } },
      responder: { words: 0 },
    })
    network.reachable = false
    const count = 1000
    for (let n = 0; n < count; n++) conversation.sendMessage(`message ${n}`)
    await clock.advance(1000)
    network.reachable = true
    await clock.advance(60_000)
    expect(responder.asked).toEqual(Array.from({ length: count }, (_, n) => `message ${n}`))
    expect(conversation.getSnapshot().status).toBe('ready')
  }, 60_000)
})
