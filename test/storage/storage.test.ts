import { describe, expect, it } from 'vitest'
import type { ChatClient } from '../../src/index.js'
import { delay } from '../../src/shared/delay.js'
import type { OutboxStorage } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'
import { tabsOfOnePerson } from '../support/tabs-of-one-person.js'

describe('what is unsent when a page goes away', () => {
  it('is there and sent, once and in order, by the next page of the same person', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, network, makeClient, responder } = setUp({
      client: { identity: 'ann', storage },
      responder: { words: 1 },
    })
    network.reachable = false
    for (const text of ['one', 'two', 'three']) conversation.sendMessage(text)
    await clock.advance(1000)
    await client.close()
    network.reachable = true

    const stranger = makeClient({ identity: 'bob' }).conversation('demo')
    stranger.subscribe(() => {})
    await clock.advance(5000)
    expect(network.sent('chat:send')).toEqual([])

    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    next.sendMessage('four')
    await clock.advance(5000)
    expect(responder.asked).toEqual(['one', 'two', 'three', 'four'])
    expect(next.getSnapshot().messages).toHaveLength(8)
    expect(await storedBy(storage, 'ann')).toEqual([])
  })

  it('is sent in order by the next page also if the first message took the storage two attempts', async () => {
    const storage = memoryOutbox()
    const kept = { ...storage }
    const { clock, client, conversation, network, makeClient, responder } = setUp({
      client: { identity: 'ann', storage },
      responder: { words: 1 },
    })
    let puts = 0
    storage.put = async (intent) => {
      if (++puts === 1) await delay(50, { clock })
      await kept.put(intent)
    }
    network.reachable = false
    for (const text of ['one', 'two', 'three']) conversation.sendMessage(text)
    await clock.advance(1000)
    await client.close()
    network.reachable = true
    makeClient()
      .conversation('demo')
      .subscribe(() => {})
    await clock.advance(5000)
    expect(responder.asked).toEqual(['one', 'two', 'three'])
  })

  it('goes on where the log is, when the page went away in the middle of the answer', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, makeClient, responder } = setUp({
      client: { identity: 'ann', storage },
    })
    conversation.sendMessage('Hello')
    await clock.advance(80)
    await client.close()
    expect(await storedBy(storage, 'ann')).toHaveLength(1)
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    await clock.advance(5000)
    expect(responder.runs).toBe(1)
    expect(next.getSnapshot().messages.map(({ status }) => status)).toEqual(['sent', 'complete'])
    expect(await storedBy(storage, 'ann')).toEqual([])
  })

  it('is gone after signing out', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, network } = setUp({ client: { identity: 'ann', storage } })
    network.reachable = false
    const task = conversation.sendMessage('Hello')
    await clock.advance(100)
    await client.signOut()
    expect(await outcome(task.finished)).toBe('closed')
    expect(await storedBy(storage, 'ann')).toEqual([])
    expect(client.conversation('demo').getSnapshot().messages).toEqual([])
  })
})

describe('what a storage holds open', () => {
  const ends: readonly (readonly [string, (client: ChatClient) => Promise<void>, readonly string[]])[] = [
    ['is closed', (client) => client.close(), ['given back']],
    ['signs out, after the wipe', (client) => client.signOut(), ['wiped', 'given back']],
  ]
  it.each(ends)('is given back if the client %s', async (_how, end, expected) => {
    const done: string[] = []
    const memory = memoryOutbox()
    const storage: OutboxStorage = {
      ...memory,
      wipe: async (owner) => {
        await memory.wipe(owner)
        done.push('wiped')
      },
      close: async () => void done.push('given back'),
    }
    const { clock, client, conversation } = setUp({ client: { identity: 'ann', storage } })
    conversation.sendMessage('Hello')
    await clock.advance(100)
    await end(client)
    expect(done).toEqual(expected)
  })

  it('is given back if the person signs out in another tab', async () => {
    const { clock, open, storage } = tabsOfOnePerson()
    let isGivenBack = false
    storage.close = async () => {
      isGivenBack = true
    }
    const [one, two] = [open(), open()]
    await clock.advance(100)
    storage.wipe = () => new Promise(() => {})
    void one.client.signOut()
    await clock.advance(10)
    expect(two.client.getSnapshot().connection.status).toBe('failed')
    expect(isGivenBack).toBe(true)
  })
})

describe('a storage that fails', () => {
  it('is told of once, and nothing waits for it', async () => {
    const broken: OutboxStorage = {
      ...memoryOutbox(),
      overview: () => Promise.reject(new DOMException('x', 'QuotaExceededError')),
      load: () => Promise.reject(new DOMException('x', 'QuotaExceededError')),
      put: () => Promise.reject(new DOMException('x', 'QuotaExceededError')),
      remove: () => Promise.reject(new Error('x')),
      wipe: () => Promise.reject(new Error('x')),
    }
    const { clock, client, conversation } = setUp({ client: { identity: 'ann', storage: broken } })
    const errors: string[] = []
    client.on('error', ({ error }) => errors.push(error.code))
    const task = conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(errors).toEqual(['storage_unavailable'])
    expect(transcript(conversation.getSnapshot().messages)).toHaveLength(2)
    expect(await outcome(client.signOut())).toBe('storage_unavailable')
  })
})

describe('a stop', () => {
  it('of a message that an earlier page left outlives the page too, and nothing is sent', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, network, makeClient } = setUp({
      client: { identity: 'ann', storage },
    })
    network.reachable = false
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    await client.close()
    const second = makeClient()
    const again = second.conversation('demo')
    again.subscribe(() => {})
    await clock.advance(1000)
    expect(transcript(again.getSnapshot().messages)).toEqual(['user: Hello (queued)'])
    void again.stop()
    expect(transcript(again.getSnapshot().messages)).toEqual(['user: Hello (stopping)'])
    await clock.advance(1000)
    await second.close()
    const third = makeClient().conversation('demo')
    third.subscribe(() => {})
    await clock.advance(1000)
    expect(transcript(third.getSnapshot().messages)).toEqual(['user: Hello (stopping)'])
    network.reachable = true
    await clock.advance(20_000)
    expect(transcript(third.getSnapshot().messages)).toEqual([])
    expect(network.sent('chat:send')).toEqual([])
    expect(network.sent('chat:stop')).toHaveLength(1)
    expect(await storedBy(storage, 'ann')).toEqual([])
  })
})

describe('after the person has signed out', () => {
  it('a page that is still open sends and stores nothing, and says so', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, network } = setUp({ client: { identity: 'ann', storage } })
    conversation.subscribe(() => {})
    await clock.advance(100)
    await client.signOut()
    const task = client.conversation('demo').sendMessage('Hello')
    await clock.advance(10_000)
    expect(await outcome(task.accepted)).toBe('closed')
    expect(client.conversation('demo').getSnapshot()).toMatchObject({
      messages: [],
      error: { code: 'closed' },
    })
    expect(await storedBy(storage, 'ann')).toEqual([])
    expect(network.sent('chat:send')).toEqual([])
  })

  it('what was wiped is not sent by whoever signs in at once, although the storage was just being read', async () => {
    const memory = memoryOutbox()
    let slow = 0
    const { clock, network, makeClient } = setUp()
    const storage: OutboxStorage = {
      ...memory,
      async load(owner, queue) {
        const found = await memory.load(owner, queue)
        await delay(slow, { clock })
        return found
      },
      async remove(intent) {
        await delay(2 * slow, { clock })
        await memory.remove(intent)
      },
    }
    network.reachable = false
    const closed = makeClient({ identity: 'ann', storage })
    closed.conversation('demo').sendMessage('old')
    await clock.advance(100)
    await closed.close()
    slow = 100
    const client = makeClient({ identity: 'ann', storage })
    client.conversation('demo').sendMessage('new')
    await clock.advance(150)
    void client.signOut()
    network.reachable = true
    client.connect()
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    await clock.advance(20_000)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([])
    expect(network.sent('chat:send')).toEqual([])
  })
})
