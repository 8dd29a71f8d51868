import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { tabsOfOnePerson } from '../support/tabs-of-one-person.js'

afterEach(() => vi.unstubAllGlobals())

describe('a browser that refuses a BroadcastChannel (Firefox with cookies blocked)', () => {
  it('sends all the same', async () => {
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        constructor() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        }
      },
    )
    const unhandled = () => {}
    process.on('unhandledRejection', unhandled)
    const { clock, conversation } = setUp({ client: { identity: 'ann', storage: memoryOutbox() } })
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    await clock.advance(3_600_000)
    process.off('unhandledRejection', unhandled)
    expect(transcript(conversation.getSnapshot().messages)[0]).toBe('user: Hello (sent)')
    expect(await outcome(task.finished)).toBe('resolved')
  })
})

describe('a message that another tab has sent, when that tab is closed and this one is back', () => {
  async function back() {
    const setup = tabsOfOnePerson({ words: 500, pace: 100 })
    const { clock, network, open, goOffline } = setup
    const [one, two] = [open(), open()]
    await clock.advance(100)
    goOffline()
    const task = one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    one.tab.freeze()
    network.reachable = true
    await clock.advance(10_000)
    expect(network.sent('chat:send')).toHaveLength(1)
    await two.client.close()
    one.tab.thaw()
    return { ...setup, one, task }
  }
  it('is stopped on the server too', async () => {
    const { clock, network, one, task } = await back()
    await clock.advance(10_000)
    expect(one.conversation.getSnapshot().status).toBe('streaming')
    const stopped = one.conversation.stop()
    await clock.advance(5000)
    expect(await outcome(stopped)).toBe('resolved')
    expect(await outcome(task.finished)).toBe('resolved')
    expect(network.sent('chat:stop')).toHaveLength(1)
    expect(one.conversation.getSnapshot().status).toBe('ready')
  })
  it('is stopped on the server too where this tab has not joined again yet', async () => {
    const { clock, network, one } = await back()
    await clock.advance(1)
    void one.conversation.stop()
    await clock.advance(5000)
    expect(network.sent('chat:stop')).toHaveLength(1)
    expect(one.conversation.getSnapshot().status).toBe('ready')
  })
})

describe('a page that is back, whose message ends while the page reads what is stored', () => {
  it('sends the message no second time, although the log no longer shows it', async () => {
    const { clock, network, open, storage } = tabsOfOnePerson({ words: 50, pace: 10 })
    const [one, other] = [open(), open({ identity: 'bob' })]
    await clock.advance(100)
    const earlier = one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(await outcome(earlier.finished)).toBe('resolved')
    const { load, remove } = storage
    const wait = (ms: number) => new Promise((resolve) => clock.setTimeout(() => resolve(undefined), ms))
    // What was read is older than what is removed meanwhile.
    storage.load = async (...args) => {
      const found = await load(...args)
      await wait(500)
      return found
    }
    storage.remove = async (...args) => {
      await wait(1000)
      await remove(...args)
    }
    const task = one.conversation.sendMessage('How are you?')
    await clock.advance(10)
    one.tab.freeze()
    one.tab.thaw()
    await clock.advance(100)
    // The edit takes the second message out of the log.
    other.conversation.editMessage(one.conversation.getSnapshot().messages[0]?.id ?? '', 'Hi')
    await clock.advance(10_000)
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(network.sent('chat:send').filter(({ payload }) => payload.task_id === task.id)).toHaveLength(1)
  })
})

describe('a page that is back, and was refused before another tab took its message over', () => {
  const refused = (fields: object) => ({
    ok: false,
    error: { type: 'error', error: 'No.', timestamp: 't', ...fields },
  })
  const gone = refused({ code: 'unknown_message', error_code: 'validation', retryable: false })
  const busy = refused({ code: 'overloaded', error_code: 'temporary', retryable: true, retry_after_ms: 3000 })

  /** The server refuses the message once for the one page, and then `answer`s the other. */
  async function refusedThenBack(answer: (requests: number) => unknown) {
    const setup = tabsOfOnePerson({ words: 1 })
    const { clock, network, open } = setup
    const [one, two] = [open(), open()]
    await clock.advance(100)
    let requests = 0
    network.answers = ({ event }) =>
      event === 'chat:send' ? (++requests === 1 ? gone : answer(requests)) : undefined
    // The page asks whether the log shows the message after all, and is put away before it hears.
    network.losesAnswer = ({ event }) => event === 'chat:join'
    const task = one.conversation.sendMessage('Hello')
    await clock.advance(100)
    one.tab.freeze()
    network.losesAnswer = () => false
    await clock.advance(100)
    expect(network.sent('chat:send')).toHaveLength(2)
    one.tab.thaw()
    await clock.advance(2000)
    expect(one.conversation.getSnapshot().error).toBeNull()
    await clock.advance(10_000)
    return { ...setup, two, task }
  }

  it('reports the answer that the other tab got', async () => {
    const { network, task, two } = await refusedThenBack((requests) => (requests === 2 ? busy : undefined))
    expect(network.sent('chat:send')).toHaveLength(3)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(transcript(two.conversation.getSnapshot().messages)).toHaveLength(2)
  })

  it('reports its own failure once the other tab was refused too', async () => {
    const { network, task } = await refusedThenBack((requests) => (requests === 2 ? busy : gone))
    expect(network.sent('chat:send')).toHaveLength(3)
    expect(await outcome(task.finished)).toBe('unknown_message')
  })
})
