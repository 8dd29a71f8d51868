import { describe, expect, it } from 'vitest'
import type { Fault } from '../../examples/mock-server/fault-plan.js'
import { messageText } from '../../src/index.js'
import { systemClock } from '../../src/shared/clock.js'
import { liveChat, logOf } from '../support/live-chat.js'
import { recordingTransport } from '../support/recording-transport.js'
import { WordResponder, wordsOf } from '../support/word-responder.js'

const live = liveChat()

/** One client whose packets get lost as planned; it waits for an acknowledgement but a moment. */
async function chatWith(...faults: Fault[]) {
  const responder = new WordResponder({ clock: systemClock, words: 5, pace: 2 })
  const server = await live.serve({ responder })
  for (const fault of faults) server.faults.add('guest', fault)
  const { transport, sent } = recordingTransport()
  const client = live.client(server.url, { transport, timeouts: { acknowledge: 150 } })
  return { server, responder, sent, conversation: client.conversation('demo') }
}

describe('a message', () => {
  it('is one message with one answer when the acknowledgement is lost', async () => {
    const { server, responder, conversation } = await chatWith({ kind: 'lost_ack' })
    const task = conversation.sendMessage('Hello')
    await task.accepted
    expect(messageText(await task.finished)).toBe(wordsOf(1, 5))
    expect(responder.asked).toEqual(['Hello'])
    expect((await logOf(server, 'guest')).messages).toHaveLength(2)
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('is one message with one answer when the request is lost, and repeated under the same id', async () => {
    const { server, responder, conversation, sent } = await chatWith({ kind: 'lost_request' })
    const task = conversation.sendMessage('Hello')
    expect(messageText(await task.finished)).toBe(wordsOf(1, 5))
    const ids = sent('chat:send').map(({ payload }) => payload.task_id)
    expect(ids.length).toBeGreaterThanOrEqual(2)
    expect(new Set(ids)).toEqual(new Set([task.id]))
    expect(responder.asked).toEqual(['Hello'])
    expect((await logOf(server, 'guest')).messages).toHaveLength(2)
  })

  it('is found in the log, and not sent again, when acknowledgement and pushes are lost together', async () => {
    const { server, responder, conversation, sent } = await chatWith(
      { kind: 'lost_ack' },
      { kind: 'skip_push', times: 10 },
    )
    const task = conversation.sendMessage('Hello')
    expect(messageText(await task.finished)).toBe(wordsOf(1, 5))
    expect(sent('chat:send')).toHaveLength(1)
    expect(responder.asked).toEqual(['Hello'])
    expect((await logOf(server, 'guest')).messages).toHaveLength(2)
  })

  it('keeps its place in the order, whatever is lost of those before it', async () => {
    const { server, responder, conversation } = await chatWith(
      { kind: 'lost_request', times: 2 },
      { kind: 'lost_ack', times: 2 },
    )
    const texts = ['one', 'two', 'three', 'four']
    await Promise.all(texts.map((text) => conversation.sendMessage(text).finished))
    expect(responder.asked).toEqual(texts)
    expect((await logOf(server, 'guest')).messages).toHaveLength(8)
  })
})

describe('joining', () => {
  it('is repeated when its request or its answer is lost', async () => {
    const { conversation, sent } = await chatWith(
      { kind: 'lost_request', event: 'chat:join' },
      { kind: 'lost_ack', event: 'chat:join' },
    )
    expect((await conversation.sendMessage('Hello').finished).status).toBe('complete')
    expect(sent('chat:join').length).toBeGreaterThanOrEqual(3)
  })
})

describe('a stop', () => {
  it('is repeated until the server has acknowledged it', async () => {
    const { server, conversation, sent } = await chatWith(
      { kind: 'slow', ms: 5000 },
      { kind: 'lost_request', event: 'chat:stop' },
      { kind: 'lost_ack', event: 'chat:stop' },
    )
    const task = conversation.sendMessage('Hello')
    await task.accepted
    await task.stop()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    expect(sent('chat:stop').length).toBeGreaterThanOrEqual(3)
    expect((await logOf(server, 'guest')).events.filter(({ type }) => type === 'stop')).toHaveLength(1)
  })
})
