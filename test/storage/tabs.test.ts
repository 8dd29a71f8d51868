import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'
import { tabsOfOnePerson } from '../support/tabs-of-one-person.js'

describe('with two tabs open', () => {
  it('each sends its own, and both show both', async () => {
    const { clock, open, network, responder, storage } = tabsOfOnePerson()
    const [one, two] = [open(), open()]
    await clock.advance(100)
    one.conversation.sendMessage('from one')
    two.conversation.sendMessage('from two')
    await clock.advance(5000)
    expect(network.sent('chat:send')).toHaveLength(2)
    expect(responder.asked.toSorted()).toEqual(['from one', 'from two'])
    expect(transcript(one.conversation.getSnapshot().messages)).toHaveLength(4)
    expect(transcript(two.conversation.getSnapshot().messages)).toEqual(
      transcript(one.conversation.getSnapshot().messages),
    )
    expect(await storedBy(storage, 'ann')).toEqual([])
  })

  it('a new one leaves to the first what that is still to send', async () => {
    const { clock, goOffline, open, network } = tabsOfOnePerson()
    const one = open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    const two = open()
    await clock.advance(1000)
    expect(two.conversation.getSnapshot().messages).toEqual([])
    expect(one.conversation.getSnapshot().messages).toHaveLength(1)
    network.reachable = true
    await clock.advance(20_000)
    expect(network.sent('chat:send')).toHaveLength(1)
    expect(two.conversation.getSnapshot().messages).toHaveLength(2)
  })
})

describe('what a tab could not send', () => {
  it.each([
    ['is closed', ({ client }: { client: { close(): Promise<void> } }) => client.close()],
    ['crashes', ({ tab }: { tab: { crash(): void } }) => tab.crash()],
    [
      'is disconnected and then frozen',
      ({ client, tab }: { client: { disconnect(): void }; tab: { freeze(): void } }) => {
        client.disconnect()
        tab.freeze()
      },
    ],
    ['is frozen', ({ tab }: { tab: { freeze(): void } }) => tab.freeze()],
  ])('is sent by another one when it %s, once and in order', async (_how, end) => {
    const { clock, goOffline, open, network, responder, storage } = tabsOfOnePerson()
    // The other one shows something else, and was there first.
    const other = open({ conversation: 'elsewhere' })
    const one = open()
    await clock.advance(100)
    goOffline()
    for (const text of ['one', 'two', 'three']) one.conversation.sendMessage(text)
    await clock.advance(1000)
    await end(one as never)
    await clock.advance(1000)
    expect(other.client.getSnapshot().queued).toBe(3)
    network.reachable = true
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['one', 'two', 'three'])
    expect(transcript(other.client.conversation('demo').getSnapshot().messages)).toHaveLength(6)
    expect(await storedBy(storage, 'ann')).toEqual([])
  })

  it('is not sent by a tab of somebody else', async () => {
    const { clock, goOffline, open, network } = tabsOfOnePerson()
    const stranger = open({ identity: 'bob' })
    const one = open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    await one.client.close()
    network.reachable = true
    await clock.advance(20_000)
    expect(network.sent('chat:send')).toEqual([])
    expect(stranger.client.getSnapshot().queued).toBe(0)
  })

  it('is not sent by another one after the person has signed out', async () => {
    const { clock, goOffline, open, network } = tabsOfOnePerson()
    const one = open()
    open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    await one.client.signOut()
    network.reachable = true
    await clock.advance(20_000)
    expect(network.sent('chat:send')).toEqual([])
  })
})

describe('a tab that was frozen', () => {
  async function frozen() {
    const setup = tabsOfOnePerson()
    const { clock, goOffline, open } = setup
    const [one, two] = [open(), open()]
    await clock.advance(100)
    goOffline()
    const task = one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    one.tab.freeze()
    await clock.advance(1000)
    return { ...setup, one, two, task }
  }

  it('sees what another one has sent for it, and its promises settle', async () => {
    const { clock, network, one, two, task } = await frozen()
    network.reachable = true
    await clock.advance(20_000)
    one.tab.thaw()
    await clock.advance(20_000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(network.sent('chat:send')).toHaveLength(1)
    expect(transcript(one.conversation.getSnapshot().messages)).toEqual(
      transcript(two.conversation.getSnapshot().messages),
    )
  })

  it('leaves it to the one that has taken it over, and sends what is new itself, behind it', async () => {
    const { clock, network, one, responder } = await frozen()
    one.tab.thaw()
    one.conversation.sendMessage('again')
    await clock.advance(1000)
    network.reachable = true
    await clock.advance(30_000)
    expect(responder.asked).toEqual(['Hello', 'again'])
    expect(network.sent('chat:send')).toHaveLength(2)
  })

  it('never sends what was discarded or stopped in the other one, and says so', async () => {
    const { clock, network, one, two, task } = await frozen()
    void two.conversation.stop(task.id)
    network.reachable = true
    await clock.advance(10_000)
    one.tab.thaw()
    await clock.advance(30_000)
    expect(await outcome(task.finished)).toBe('interrupted')
    expect(network.sent('chat:send')).toEqual([])
    expect(transcript(one.conversation.getSnapshot().messages)).toEqual(['user: Hello (failed)'])
  })

  it('goes on with its own where no other tab is open', async () => {
    const { clock, goOffline, open, network, responder } = tabsOfOnePerson()
    const one = open()
    await clock.advance(100)
    goOffline()
    const task = one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    one.tab.freeze()
    await clock.advance(60_000)
    network.reachable = true
    one.tab.thaw()
    await clock.advance(10_000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(responder.asked).toEqual(['Hello'])
  })
})

describe('a page that disconnects before it is put away, and connects when it is back', () => {
  it('sends what waited, and what is new', async () => {
    const { clock, goOffline, network, open, responder } = tabsOfOnePerson()
    const one = open()
    await clock.advance(100)
    goOffline()
    const waited = one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    one.tab.freeze()
    one.client.disconnect()
    await clock.advance(60_000)
    network.reachable = true
    one.tab.thaw()
    one.client.connect()
    one.conversation.sendMessage('again')
    await clock.advance(10_000)
    expect(await outcome(waited.finished)).toBe('resolved')
    expect(responder.asked).toEqual(['Hello', 'again'])
  })
})

describe('a message that is being stored when its tab is put away', () => {
  /** Offline, and with a storage that takes 100 ms to tell that it has stored something. */
  async function putAwayAtOnce() {
    const setup = tabsOfOnePerson()
    const { clock, goOffline, open, storage } = setup
    const [one, two] = [open(), open()]
    await clock.advance(100)
    goOffline()
    const put = storage.put
    storage.put = async (intent) => {
      await put(intent)
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 100))
    }
    const task = one.conversation.sendMessage('Hello')
    one.tab.freeze()
    await clock.advance(1000)
    return { ...setup, one, two, task }
  }

  it('is sent by another one that is open', async () => {
    const { clock, network, two, responder } = await putAwayAtOnce()
    expect(two.client.getSnapshot().queued).toBe(1)
    network.reachable = true
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['Hello'])
  })

  it('is never sent where it was stopped in the other one', async () => {
    const { clock, network, one, two, task } = await putAwayAtOnce()
    void two.conversation.stop(task.id)
    network.reachable = true
    await clock.advance(10_000)
    one.tab.thaw()
    await clock.advance(30_000)
    expect(await outcome(task.finished)).toBe('interrupted')
    expect(network.sent('chat:send')).toEqual([])
  })
})

it('what another tab has taken over is stopped there too', async () => {
  const { clock, goOffline, network, open } = tabsOfOnePerson({ words: 5000 })
  const [one, two] = [open(), open()]
  await clock.advance(100)
  goOffline()
  const task = one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  one.tab.freeze()
  await clock.advance(1000)
  one.tab.thaw()
  await clock.advance(1000)
  const stopped = one.conversation.stop(task.id)
  network.reachable = true
  await clock.advance(20_000)
  expect(await outcome(stopped)).toBe('resolved')
  expect(two.conversation.getSnapshot().status).toBe('ready')
  expect(two.client.getSnapshot().queued).toBe(0)
  expect(transcript(two.conversation.getSnapshot().messages)).toEqual(
    transcript(one.conversation.getSnapshot().messages),
  )
})

it.each([
  ['can not be read any more', () => Promise.reject(new Error('x'))],
  ['does not answer any more', () => new Promise<never>(() => {})],
])('a tab that is back goes on with its own where the storage %s', async (_how, load) => {
  const { clock, goOffline, network, open, responder, storage } = tabsOfOnePerson()
  const one = open()
  await clock.advance(100)
  goOffline()
  one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  one.tab.freeze()
  await clock.advance(1000)
  storage.load = load
  network.reachable = true
  one.tab.thaw()
  await clock.advance(20_000)
  expect(responder.asked).toEqual(['Hello'])
})

it('a tab that is put away while it looks for what others left reports no failure of the storage', async () => {
  const { clock, goOffline, open } = tabsOfOnePerson()
  const one = open()
  await clock.advance(100)
  goOffline()
  one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  const two = open()
  const errors: string[] = []
  two.client.on('error', ({ error }) => errors.push(error.code))
  // The storage has answered, the browser not yet on the lock.
  for (let step = 0; step < 8; step++) {
    await Promise.resolve()
    two.tab.freeze()
    two.tab.thaw()
  }
  two.tab.freeze()
  await clock.advance(10_000)
  expect(errors).toEqual([])
})

describe('where there are no locks', () => {
  it('two tabs may send the same, and the server has it once', async () => {
    const { clock, makeClient, network, responder, client } = setUp({
      client: { identity: 'ann', storage: memoryOutbox() },
      responder: { words: 1 },
    })
    const one = client.conversation('demo')
    network.reachable = false
    one.sendMessage('Hello')
    await clock.advance(1000)
    const two = makeClient().conversation('demo')
    two.subscribe(() => {})
    await clock.advance(1000)
    network.reachable = true
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['Hello'])
    expect(transcript(two.getSnapshot().messages)).toEqual(transcript(one.getSnapshot().messages))
  })
})

it('a client that is closed leaves no lock and no listener', async () => {
  const { clock, goOffline, open, browser, clientClock } = tabsOfOnePerson()
  const [one, two] = [open(), open()]
  await clock.advance(100)
  goOffline()
  one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  for (const { client } of [one, two]) await client.close()
  await clock.advance(100)
  expect(browser.claims).toBe(0)
  expect(one.tab.listeners + two.tab.listeners).toBe(0)
  expect(clientClock.pending).toBe(0)
})

it('a tab that is back does not wait for ever for one whose storage hangs as it takes over', async () => {
  const { clock, goOffline, network, open, responder, storage } = tabsOfOnePerson()
  const [one] = [open(), open({ conversation: 'elsewhere' })]
  await clock.advance(100)
  goOffline()
  storage.put = storage.load = () => new Promise<never>(() => {})
  one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  one.tab.freeze()
  await clock.advance(1000)
  one.tab.thaw()
  network.reachable = true
  await clock.advance(40_000)
  expect(responder.asked).toEqual(['Hello'])
})

it('a tab that is back does not wait for ever for one whose storage hangs as it removes', async () => {
  const fail = () => Object.assign(new Error('busy'), { code: 'ECONNRESET' })
  const { clock, goOffline, network, open, storage } = tabsOfOnePerson({ words: 1, fail })
  const [one] = [open(), open({ conversation: 'elsewhere' })]
  await clock.advance(100)
  goOffline()
  const task = one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  one.tab.freeze()
  storage.remove = () => new Promise<never>(() => {})
  network.reachable = true
  await clock.advance(20_000)
  one.tab.thaw()
  await clock.advance(60_000)
  const settled = await Promise.race([outcome(task.finished), clock.advance(0).then(() => 'waits')])
  expect(settled).not.toBe('waits')
})

it('what another tab has sent already, and somebody then removes, waits nowhere to be sent', async () => {
  const { clock, open, network } = tabsOfOnePerson({ words: 5000 })
  const [one, two] = [open(), open()]
  await clock.advance(100)
  one.conversation.sendMessage('Hello')
  await clock.advance(500)
  one.tab.freeze()
  await clock.advance(500)
  expect(two.client.getSnapshot().queued).toBe(0)
  const [asked] = two.conversation.getSnapshot().messages
  const edited = two.conversation.editMessage(asked?.id ?? '', 'Good evening')
  await clock.advance(500)
  void edited.stop()
  await clock.advance(10_000)
  expect(two.client.getSnapshot().queued).toBe(0)
  expect(two.conversation.getSnapshot().status).toBe('ready')
  expect(network.sent('chat:send')).toHaveLength(2)
})

it('what another tab has sent is not sent again by one that never heard that it was stored', async () => {
  const { clock, goOffline, network, open, responder, storage } = tabsOfOnePerson()
  const [one] = [open(), open()]
  await clock.advance(100)
  goOffline()
  const put = storage.put
  storage.put = async (intent) => {
    await put(intent)
    await new Promise<never>(() => {})
  }
  one.conversation.sendMessage('Hello')
  one.tab.freeze()
  await clock.advance(1000)
  one.tab.thaw()
  network.reachable = true
  await clock.advance(40_000)
  expect(responder.asked).toEqual(['Hello'])
  expect(network.sent('chat:send')).toHaveLength(1)
})

it('what was stopped right before its tab was closed is sent by no other one', async () => {
  const { clock, goOffline, network, open, responder, storage } = tabsOfOnePerson()
  const [one] = [open(), open()]
  await clock.advance(100)
  goOffline()
  const remove = storage.remove
  storage.remove = (intent) => new Promise((resolve) => clock.setTimeout(() => resolve(remove(intent)), 100))
  const task = one.conversation.sendMessage('Hello')
  await clock.advance(1000)
  await task.stop()
  await one.client.close()
  network.reachable = true
  await clock.advance(20_000)
  expect(responder.asked).toEqual([])
  expect(network.sent('chat:send')).toEqual([])
})

it.each([
  ['in order', (found: readonly unknown[]) => found],
  ['the wrong way round', (found: readonly unknown[]) => found.toReversed()],
])(
  'what a tab sent before and after it was put away keeps its order, found %s by the next page',
  async (_how, order) => {
    const { clock, goOffline, network, open, responder, storage } = tabsOfOnePerson()
    const one = open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('before')
    await clock.advance(1000)
    one.tab.freeze()
    await clock.advance(1000)
    one.tab.thaw()
    await clock.advance(1000)
    one.conversation.sendMessage('after')
    await clock.advance(1000)
    await one.client.close()
    const load = storage.load
    storage.load = async (owner, queue) => order(await load(owner, queue)) as never
    network.reachable = true
    open()
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['before', 'after'])
  },
)
