import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { plainServer, retryable } from '../support/plain-server.js'
import { outcome, transcript } from '../support/set-up.js'

/** A page before such a server. */
function plain() {
  const server = plainServer()
  return { ...server, ...server.open() }
}

describe('with plainCodec', () => {
  it('a retry that the server works on is not sent once more because the tab is shown again', async () => {
    const { clock, conversation, asked, say, wake } = plain()
    await clock.advance(10)
    conversation.sendMessage('Pay 100 euro')
    await clock.advance(10)
    await say('error', retryable)
    await clock.advance(2000)
    expect(asked()).toEqual(['Pay 100 euro', 'Pay 100 euro'])
    wake() // the person looks at another tab and comes back, while the server thinks
    await clock.advance(2000)
    expect(asked()).toEqual(['Pay 100 euro', 'Pay 100 euro'])
  })

  it('a retry that the server works on is not sent once more because it takes longer than `timeouts.idle`', async () => {
    const { clock, conversation, asked, say } = plain()
    await clock.advance(10)
    conversation.sendMessage('Pay 100 euro')
    await clock.advance(10)
    await say('error', retryable)
    await clock.advance(600_000)
    expect(asked()).toEqual(['Pay 100 euro', 'Pay 100 euro'])
  })

  it('the answer to a message that was edited before it began is not shown under the new one', async () => {
    const { clock, conversation, say } = plain()
    await clock.advance(10)
    conversation.sendMessage('A')
    await clock.advance(10)
    conversation.editMessage(conversation.getSnapshot().messages[0]?.id ?? '', 'B')
    await clock.advance(10)
    await say('message', 'answer to A')
    await say('done')
    await say('message', 'answer to B')
    await say('done')
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: B (sent)',
      'assistant: answer to B (complete)',
    ])
  })

  it('a message that is stopped while it waits for its next attempt is not left as failed', async () => {
    const { clock, conversation, say } = plain()
    await clock.advance(10)
    const task = conversation.sendMessage('A')
    await clock.advance(10)
    await say('error', { ...retryable, retry_after_ms: 20_000 })
    expect(conversation.getSnapshot().retryState).not.toBeNull()
    await conversation.stop(task.id)
    await clock.advance(100)
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: A (sent)'])
  })

  it('a message that stands before an edited one keeps its own wait and answer', async () => {
    const { clock, conversation, say } = plain()
    await clock.advance(10)
    conversation.sendMessage('A')
    await clock.advance(10)
    await say('error', { ...retryable, retry_after_ms: 20_000 })
    conversation.sendMessage('B')
    await clock.advance(10)
    await say('message', 'answer to B')
    await say('done')
    const b = conversation.getSnapshot().messages.find((message) => messageText(message) === 'B')
    conversation.editMessage(b?.id ?? '', 'C')
    await clock.advance(10)
    await say('message', 'answer to C')
    await say('done')
    await clock.advance(20_000)
    await say('message', 'answer to A')
    await say('done')
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: A (sent)',
      'assistant: answer to A (complete)',
      'user: C (sent)',
      'assistant: answer to C (complete)',
    ])
  })

  it('a server that is asked for a retry and stays silent is not asked again, and the wait ends', async () => {
    const { clock, conversation, asked, say } = plain()
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('error', retryable)
    await clock.advance(300_000)
    expect(asked()).toEqual(['Hello', 'Hello'])
    expect(await outcome(task.finished)).toBe('timeout')
  })

  it('a message that a person has retried is not sent once more because the tab is shown again', async () => {
    const { clock, asked, conversation, say, wake } = plain()
    const task = conversation.sendMessage('Hello')
    await clock.advance(10)
    await say('error', { ...retryable, retryable: false })
    await clock.advance(10)
    expect(await outcome(task.finished)).toBe('temporary')
    conversation.retry()
    await clock.advance(10)
    wake()
    await clock.advance(100)
    expect(asked()).toEqual(['Hello', 'Hello'])
  })
})
