import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'

const hour = 3_600_000

function offline(options: object = {}) {
  const storage = memoryOutbox()
  const setup = setUp({ client: { identity: 'ann', storage, ...options }, responder: { words: 1 } })
  // As long as nobody wants a connection none is tried for, and a day passes quickly.
  setup.client.disconnect()
  return { ...setup, storage }
}

describe('a message that could not be sent for a day', () => {
  it('has failed, in words that say so, and is not sent any more', async () => {
    const { clock, client, conversation, network, storage } = offline()
    const task = conversation.sendMessage('Hello')
    await clock.advance(24 * hour + 1000)
    expect(await outcome(task.finished)).toBe('expired')
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: Hello (failed)'])
    expect(conversation.getSnapshot().error?.userMessage).toBe(
      'The message waited too long and was not sent. Please send it again.',
    )
    expect(await storedBy(storage, 'ann')).toEqual([])
    client.connect()
    await clock.advance(60_000)
    expect(network.sent('chat:send')).toEqual([])
  })

  it('has a day more when a person retries it', async () => {
    const { clock, client, conversation } = offline()
    const { id } = conversation.sendMessage('Hello')
    await clock.advance(25 * hour)
    const again = conversation.retry(id)
    await clock.advance(23 * hour)
    client.connect()
    await clock.advance(60_000)
    expect(await outcome(again.finished)).toBe('resolved')
  })

  it('has failed on the next page too, however long that comes after', async () => {
    const { clock, client, conversation, makeClient } = offline()
    conversation.sendMessage('old')
    await clock.advance(20 * hour)
    conversation.sendMessage('new')
    await clock.advance(1000)
    await client.close()
    clock.jump(5 * hour)
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    await clock.advance(10_000)
    expect(transcript(next.getSnapshot().messages)).toEqual([
      'user: new (sent)',
      expect.stringContaining('assistant'),
      'user: old (failed)',
    ])
  })

  it('is told from one that only seems old because somebody set the clock', async () => {
    let skew = 0
    const setup = setUp()
    const clock = {
      now: () => setup.clock.now() + skew,
      setTimeout: (callback: () => void, delay: number) => setup.clock.setTimeout(callback, delay),
      clearTimeout: (id: unknown) => setup.clock.clearTimeout(id),
    }
    const client = setup.makeClient({ clock })
    const conversation = client.conversation('demo')
    client.disconnect()
    const task = conversation.sendMessage('Hello')
    await setup.clock.advance(1000)
    skew = 48 * hour
    await setup.clock.advance(hour)
    client.connect()
    await setup.clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('resolved')
  })
})
