import { describe, expect, it } from 'vitest'
import type { ChatClient, Conversation, ConversationStatus } from '../../src/index.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

describe("a schedule of the app's own", () => {
  it('that flushes at once tells of every change', async () => {
    const { clock, conversation } = setUp({
      client: {
        schedule: (flush) => {
          flush()
          return () => {}
        },
      },
    })
    const seen = new Set<string>()
    conversation.subscribe(() => seen.add(conversation.getSnapshot().status))
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect([...seen]).toEqual(['submitted', 'streaming', 'ready'])
    expect(conversation.getSnapshot().status).toBe('ready')
  })

  it('that throws, or gives no undo, keeps no page from being told', async () => {
    const throwing = () => {
      throw new Error('mine')
    }
    const later: (() => void)[] = []
    const undoless = (flush: () => void) => later.push(flush) as never
    for (const schedule of [throwing, undoless]) {
      const { clock, client, clientClock, conversation } = setUp({ client: { schedule } })
      let told = 0
      conversation.subscribe(() => told++)
      const task = conversation.sendMessage('Hello')
      await clock.advance(1000)
      for (const flush of later) flush()
      expect(await outcome(task.finished)).toBe('resolved')
      expect(told).toBeGreaterThan(0)
      await client.close()
      expect(clientClock.pending).toBe(0)
    }
  })

  it('that flushes too often tells nothing twice', async () => {
    const flushes: (() => void)[] = []
    const { conversation } = setUp({
      client: {
        schedule: (flush) => {
          flushes.push(flush)
          return () => {}
        },
      },
    })
    let told = 0
    conversation.subscribe(() => told++)
    conversation.sendMessage('Hello')
    for (const flush of [...flushes, ...flushes]) flush()
    expect(told).toBe(1)
  })
})

describe('a listener', () => {
  it('that unsubscribes another one silences it at once', async () => {
    const { clock, conversation } = setUp()
    let told = 0
    let unsubscribe = () => {}
    conversation.subscribe(() => unsubscribe())
    unsubscribe = conversation.subscribe(() => told++)
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(told).toBe(0)
  })

  const acts: [string, (conversation: Conversation) => unknown, ConversationStatus?][] = [
    ['sends', (it) => it.sendMessage('more')],
    ['stops', (it) => it.stop()],
    // There is no answer yet when the listener is first told, and a refused action is shown.
    ['regenerates', (it) => it.regenerate(), 'error'],
    ['clears', (it) => it.clearError()],
    ['subscribes', (it) => it.subscribe(() => {})],
  ]
  for (const [name, act, status = 'ready'] of acts) {
    it(`may act while it is told: it ${name}`, async () => {
      const { clock, client, clientClock, conversation } = setUp({ responder: { words: 3 } })
      let left = 3
      const once = () => {
        if (left-- > 0) act(conversation)
      }
      conversation.subscribe(once)
      conversation.on('message', once)
      conversation.on('finish', once)
      client.subscribe(once)
      conversation.sendMessage('Hello')
      await clock.advance(20_000)
      expect(conversation.getSnapshot().messages.map(({ status }) => status)).not.toContain('sending')
      expect(conversation.getSnapshot().status).toBe(status)
      await client.close()
      expect(clientClock.pending).toBe(0)
    })
  }

  for (const end of ['close', 'signOut', 'disconnect'] as const) {
    for (const event of ['message', 'finish', 'snapshot', 'client'] as const) {
      it(`may end it all while it is told: ${end} at ${event}`, async () => {
        const { clock, client, clientClock, conversation, network } = setUp()
        network.coalesce = true
        let ended = false
        const once = () => {
          if (ended) return
          ended = true
          void client[end]()
        }
        if (event === 'snapshot') conversation.subscribe(once)
        else if (event === 'client') client.subscribe(once)
        else conversation.on(event, once)
        const tasks = [conversation.sendMessage('one'), conversation.sendMessage('two')]
        await clock.advance(5000)
        if (end !== 'disconnect') {
          expect(await outcome(tasks[1]?.finished ?? Promise.resolve())).toBe('closed')
        }
        await client.close()
        expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).not.toContain('cancelled')
        expect(clientClock.pending).toBe(0)
      })
    }
  }
})

describe('after the client was closed or signed out', () => {
  it('a conversation that is still held is empty after signing out, and its page is told', async () => {
    const { clock, client, conversation } = setUp()
    let shown: string[] = []
    conversation.subscribe(() => {
      shown = transcript(conversation.getSnapshot().messages)
    })
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(shown).toHaveLength(2)
    conversation.sendMessage('unsent')
    await client.signOut()
    expect(shown).toEqual([])
    expect(conversation.getSnapshot()).toMatchObject({
      messages: [],
      status: 'ready',
      error: null,
      retryState: null,
    })
  })

  it('a conversation that is still held can not take the place of the new one', async () => {
    const { clock, client, conversation: old, network } = setUp()
    old.subscribe(() => {})
    await clock.advance(100)
    await client.signOut()
    old.subscribe(() => {})
    expect(await outcome(old.sendMessage('from the past').finished)).toBe('closed')
    expect(await outcome(old.retry('x').finished)).toBe('closed')
    client.connect()
    const task = client.conversation('demo').sendMessage('Hello')
    await clock.advance(5000)
    expect(client.conversation('demo')).not.toBe(old)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(old.getSnapshot().messages).toEqual([])
    expect(network.sent('chat:send')).toHaveLength(1)
  })

  it('a conversation that is asked for anew refuses everything, and adds nothing', async () => {
    const { client } = setUp()
    await client.close()
    const late = client.conversation('late')
    late.subscribe(() => {})
    expect(await outcome(late.sendMessage('Hello').accepted)).toBe('closed')
    await late.stop()
    expect(late.getSnapshot().messages).toEqual([])
  })
})

describe("the client's own snapshot", () => {
  it('stays the same object while neither the connection nor the number of queued messages changes', async () => {
    const { clock, client, conversation, network } = setUp({ responder: { words: 50 } })
    conversation.subscribe(() => {})
    await clock.advance(100)
    conversation.sendMessage('Hello')
    await clock.advance(300)
    const before = client.getSnapshot()
    expect(before).toMatchObject({ queued: 0 })
    let told = 0
    client.subscribe(() => told++)
    const stopped = conversation.stop()
    await clock.advance(300)
    await stopped
    expect(client.getSnapshot()).toBe(before)
    expect(told).toBe(0)
    network.reachable = false
    network.cut()
    conversation.sendMessage('one')
    expect(client.getSnapshot().queued).toBe(1)
  })
})

describe('the number of queued messages', () => {
  it('counts those of all conversations, until the server has them', async () => {
    const { clock, client, network } = setUp({ responder: { words: 1 } })
    network.reachable = false
    const tasks = ['one', 'two', 'three'].flatMap((id, index) =>
      Array.from({ length: index + 1 }, (_, n) => client.conversation(id).sendMessage(`message ${n}`)),
    )
    expect(client.getSnapshot().queued).toBe(6)
    await tasks[5]?.stop()
    expect(client.getSnapshot().queued).toBe(5)
    network.reachable = true
    await clock.advance(20_000)
    expect(client.getSnapshot().queued).toBe(0)
  })

  it.each([
    ['closed', (client: ChatClient) => client.close()],
    ['signed out', (client: ChatClient) => client.signOut()],
  ])('is none after the client was %s', async (_how, end) => {
    const { client, network } = setUp()
    network.reachable = false
    for (const id of ['one', 'two']) client.conversation(id).sendMessage('Hello')
    await end(client)
    expect(client.getSnapshot().queued).toBe(0)
  })
})

it('clearError() with nothing to clear keeps the snapshot and tells nobody', async () => {
  const { conversation, clock } = setUp()
  let told = 0
  conversation.subscribe(() => void told++)
  await clock.advance(1000)
  told = 0
  const before = conversation.getSnapshot()
  conversation.clearError()
  expect(conversation.getSnapshot()).toBe(before)
  await clock.advance(100)
  expect(told).toBe(0)
})

describe('the client', () => {
  it('tells once, as the schedule says, of many messages that begin to wait, and shows their number at once', async () => {
    const flushes: (() => void)[] = []
    const schedule = (flush: () => void) => {
      flushes.push(flush)
      return () => {}
    }
    const { client, conversation } = setUp({ client: { schedule } })
    const seen: number[] = []
    client.subscribe(() => seen.push(client.getSnapshot().queued))
    client.disconnect()
    for (const text of ['a', 'b', 'c']) conversation.sendMessage(text)
    expect(client.getSnapshot().queued).toBe(3)
    expect(seen).toEqual([])
    for (const flush of flushes) flush()
    expect(seen).toEqual([3])
  })

  it('tells of a change of the connection at once', () => {
    const { client } = setUp()
    const seen: string[] = []
    client.subscribe(() => seen.push(client.getSnapshot().connection.status))
    client.connect()
    expect(seen).toEqual(['connecting'])
  })
})
