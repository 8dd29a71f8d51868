import { describe, expect, it } from 'vitest'
import type { TabLocks } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { MemoryBrowser } from '../support/memory-browser.js'
import { plainServer } from '../support/plain-server.js'
import { outcome, transcript } from '../support/set-up.js'
import type { TestClientOptions } from '../support/stored-client.js'

/** A page over plain http: the browser gives no locks, so each tab believes that it is alone. */
const withoutLocks: TabLocks = {
  acquire: (_name, _signal, { held }) => held(),
  listen: () => () => {},
}

/** The pages of one person before a server that takes a repeat for another message. */
function pages({ hasLocks = true, storage = memoryOutbox(), putMs = 0 } = {}) {
  const server = plainServer()
  const { clock } = server
  const browser = new MemoryBrowser()
  const slow =
    <A extends unknown[], T>(operation: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, putMs))
      return operation(...given)
    }
  let isOnline = true
  /** `putMs` a step, as a browser's database takes it; what a page that is gone has begun is not done. */
  const open = (options: Partial<TestClientOptions> = {}) => {
    let isGone = false
    const step = <A extends unknown[], T>(operation: (...given: A) => Promise<T>) =>
      slow(async (...given: A) => (isGone ? new Promise<never>(() => {}) : operation(...given)))
    const tab = browser.openTab((given) => {
      const inner = server.transport(given)
      return {
        ...inner,
        open: (auth) => (isOnline ? inner.open(auth) : given.handlers.refused(new Error('x'))),
      }
    })
    const page = server.open({
      identity: 'ann',
      storage: {
        ...storage,
        put: step(storage.put),
        markSending: step(storage.markSending),
        remove: step(storage.remove),
      },
      tabs: hasLocks ? tab.tabs : withoutLocks,
      page: tab.page,
      transport: tab.transport,
      ...options,
    })
    const crash = () => {
      isGone = true
      tab.crash()
    }
    return { ...page, tab, crash }
  }
  return {
    ...server,
    storage,
    open,
    goOffline: () => {
      isOnline = false
      server.drop()
    },
    comeBack: () => {
      isOnline = true
    },
  }
}

/** What the next page shows after it has sent so many messages itself. */
const expectedAfter = (sent: number) =>
  sent === 1 ? ['sent', 'user: Pay 100 euro (sent)'] : ['maybe_sent', 'user: Pay 100 euro (failed)']

describe('with plainCodec and an identity, a page that is left', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20])(
    '%i ms after sending has its message sent at most once, and the next page never hides it',
    async (ms) => {
      const { asked, clock, open } = pages({ putMs: 3 })
      const one = open()
      await clock.advance(100)
      one.conversation.sendMessage('Pay 100 euro')
      await clock.advance(ms)
      const before = asked().length
      one.crash()
      await clock.advance(100)
      const next = open()
      await clock.advance(10_000)
      const shown = transcript(next.conversation.getSnapshot().messages)
      expect(asked().length).toBeLessThanOrEqual(1)
      const { error } = next.conversation.getSnapshot()
      if (shown.length > 0)
        expect([error?.code ?? 'sent', shown[0]]).toEqual(expectedAfter(asked().length - before))
      // Nothing is shown if nothing was stored yet, or if the old page was done with the message.
      else expect(asked()).toHaveLength(before)
    },
  )

  /** A page that died between the mark and the removal, and the next one. */
  async function uncertain() {
    const setup = pages({ putMs: 3 })
    const one = setup.open()
    await setup.clock.advance(100)
    one.conversation.sendMessage('Pay 100 euro')
    await setup.clock.advance(7)
    one.crash()
    const next = setup.open()
    await setup.clock.advance(10_000)
    return { ...setup, next }
  }

  it('says that the message may have been sent, and the person decides to send it', async () => {
    const { asked, clock, next, say } = await uncertain()
    const before = asked().length
    expect(transcript(next.conversation.getSnapshot().messages)).toEqual(['user: Pay 100 euro (failed)'])
    expect(next.conversation.getSnapshot().error).toMatchObject({ code: 'maybe_sent', retryable: false })
    const again = next.conversation.retry()
    await clock.advance(1000)
    expect(asked()).toHaveLength(before + 1)
    await say('message', 'Paid')
    await say('done')
    expect(await outcome(again.finished)).toBe('resolved')
  })

  it('says so on every later page, until the person decides', async () => {
    const { asked, clock, next, open } = await uncertain()
    const before = asked().length
    next.crash()
    const later = open()
    await clock.advance(10_000)
    expect(transcript(later.conversation.getSnapshot().messages)).toEqual(['user: Pay 100 euro (failed)'])
    const [message] = later.conversation.getSnapshot().messages
    expect(later.conversation.discard(message?.taskId ?? '')).toBe(true)
    await clock.advance(1000)
    later.crash()
    const last = open()
    await clock.advance(10_000)
    expect(last.conversation.getSnapshot().messages).toEqual([])
    expect(asked()).toHaveLength(before)
  })

  it('offline has its message sent by the next page, once', async () => {
    const { asked, clock, comeBack, goOffline, open } = pages({ putMs: 3 })
    const one = open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('Pay 100 euro')
    await clock.advance(100)
    one.crash()
    comeBack()
    open()
    await clock.advance(30_000)
    expect(asked()).toEqual(['Pay 100 euro'])
  })
})

describe('with plainCodec and an identity, two tabs without Web Locks', () => {
  it('send a waiting message once, and the other tab says that it did not', async () => {
    const { asked, clock, comeBack, goOffline, open } = pages({ hasLocks: false, putMs: 3 })
    const one = open()
    await clock.advance(100)
    goOffline()
    one.conversation.sendMessage('Pay 100 euro')
    await clock.advance(100)
    const two = open()
    await clock.advance(1000)
    expect(two.client.getSnapshot().queued).toBe(1)
    comeBack()
    await clock.advance(60_000)
    expect(asked()).toEqual(['Pay 100 euro'])
    const shown = [one, two].map(({ conversation }) => conversation.getSnapshot().messages[0]?.status)
    expect(shown.toSorted()).toEqual(['failed', 'failed'])
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'send a message once if the second tab is opened %i ms after it',
    async (ms) => {
      const { asked, clock, open } = pages({ hasLocks: false, putMs: 3 })
      const one = open()
      await clock.advance(100)
      one.conversation.sendMessage('Pay 100 euro')
      await clock.advance(ms)
      const two = open()
      await clock.advance(5000)
      expect(asked()).toEqual(['Pay 100 euro'])
      const { error, messages } = two.conversation.getSnapshot()
      expect(error?.code ?? transcript(messages).join()).toMatch(/^(maybe_sent|.*\(sent\)|)$/)
    },
  )

  it('each send their own messages at once', async () => {
    const { asked, clock, open } = pages({ hasLocks: false })
    const [one, two] = [open(), open()]
    await clock.advance(100)
    one.conversation.sendMessage('one')
    two.conversation.sendMessage('two')
    await clock.advance(100)
    expect(asked().toSorted()).toEqual(['one', 'two'])
  })
})

describe('with plainCodec and an identity, a storage', () => {
  const never = () => new Promise<never>(() => {})
  const fails = () => Promise.reject(new Error('no storage here'))

  it('that stores nothing lets messages leave from memory', async () => {
    const { asked, clock, open } = pages({ storage: { ...memoryOutbox(), put: fails, markSending: fails } })
    const { conversation } = open()
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(asked()).toEqual(['Hello'])
  })

  it.each([
    ['fails', fails],
    ['hangs', never],
  ])(
    'that %s to note that a message leaves lets nothing leave before the person decides',
    async (_how, markSending) => {
      const { asked, clock, open } = pages({ storage: { ...memoryOutbox(), markSending } })
      const { conversation } = open()
      const task = conversation.sendMessage('Pay 100 euro')
      await clock.advance(5000)
      expect(asked()).toEqual([])
      expect(await outcome(task.accepted)).toBe('storage_unavailable')
      expect(conversation.getSnapshot().error?.code).toBe('storage_unavailable')
      conversation.retry()
      await clock.advance(5000)
      expect(asked()).toEqual(['Pay 100 euro'])
    },
  )
})
