import { describe, expect, it } from 'vitest'
import { type ChatMessage, messageText } from '../../src/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { plainServer, retryable } from '../support/plain-server.js'
import { outcome } from '../support/set-up.js'

const answers = (c: { getSnapshot(): { messages: readonly ChatMessage[] } }) =>
  c.getSnapshot().messages.map((m) => `${m.role}: ${messageText(m)} (${m.status})`)

describe('plain codec', () => {
  it('a reload in the middle of an answer does not send the message a second time', async () => {
    const { clock, open, asked, say } = plainServer()
    const stored = { identity: 'ann', storage: memoryOutbox() }
    const { client, conversation: c } = open(stored)
    await clock.advance(10)
    const task = c.sendMessage('Pay 100 euro')
    await clock.advance(10)
    expect(await outcome(task.accepted)).toBe('resolved')
    await say('message', 'half an ans')
    await client.close() // the page is reloaded
    open(stored)
    await clock.advance(60_000)
    expect(asked()).toEqual(['Pay 100 euro'])
  })

  it('an automatic retry of one message does not take the rest of the answer to another', async () => {
    const { clock, open, asked, say } = plainServer()
    const { conversation: c } = open()
    await clock.advance(10)
    c.sendMessage('A')
    await clock.advance(10)
    await say('error', retryable) // A waits 1 s for its second attempt
    c.sendMessage('B')
    await clock.advance(10)
    await say('message', 'answer to B, first half, ')
    await clock.advance(1100)
    expect(asked()).toEqual(['A', 'B', 'A'])
    await say('message', 'second half')
    await say('done')
    await say('message', 'answer to A')
    await say('done')
    expect(answers(c)).toEqual([
      'user: A (sent)',
      'assistant: answer to A (complete)',
      'user: B (sent)',
      'assistant: answer to B, first half, second half (complete)',
    ])
  })

  it('what a stopped answer still brings is not shown as the answer to the next message', async () => {
    const { clock, open, say } = plainServer()
    const { conversation: c } = open()
    await clock.advance(10)
    const a = c.sendMessage('A')
    await clock.advance(10)
    await say('message', 'one ')
    await c.stop(a.id)
    c.sendMessage('B')
    await clock.advance(10)
    await say('message', 'two, of A')
    await say('done')
    await say('message', 'of B')
    await say('done')
    expect(answers(c)).toEqual([
      'user: A (sent)',
      'assistant: one  (stopped)',
      'user: B (sent)',
      'assistant: of B (complete)',
    ])
  })

  it('one malformed part costs itself alone', async () => {
    const { clock, open, say } = plainServer()
    const { conversation: c } = open()
    await clock.advance(10)
    c.sendMessage('A')
    await clock.advance(10)
    await say('part', { type: 'file', url: 'u' }) // no media_type
    await say('message', 'the answer')
    await say('done')
    expect(answers(c)[1]).toBe('assistant: the answer (complete)')
  })

  it('a machine that slept does not fail an answer that goes on', async () => {
    const { clock, open, say } = plainServer()
    const { conversation: c } = open()
    await clock.advance(10)
    c.sendMessage('A')
    await clock.advance(10)
    await say('message', 'one ')
    await clock.advance(20_000)
    clock.jump(3_600_000)
    await clock.advance(1000)
    await say('message', 'two')
    await say('done')
    expect(answers(c)[1]).toBe('assistant: one two (complete)')
  })
})
