import { setMaxListeners } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { outcome, setUp } from '../support/set-up.js'
import { settle } from '../support/virtual-clock.js'

/** A window or a document, with a count of the listeners on it. */
class CountedTarget extends EventTarget {
  readonly visibilityState = 'visible'
  readonly hidden = true
  readonly #listening = new Set<string>()
  readonly #ids = new Map<unknown, number>()

  get listeners(): number {
    return this.#listening.size
  }

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    const [type, listener, options] = args
    const key = this.#keyOf(type, listener)
    this.#listening.add(key)
    // A listener may also end with its signal.
    if (typeof options === 'object' && options.signal) {
      setMaxListeners(0, options.signal)
      options.signal.addEventListener('abort', () => this.#listening.delete(key))
    }
    super.addEventListener(...args)
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.#listening.delete(this.#keyOf(args[0], args[1]))
    super.removeEventListener(...args)
  }

  #keyOf(type: string, listener: unknown): string {
    const id = this.#ids.get(listener) ?? this.#ids.size
    this.#ids.set(listener, id)
    return `${type} ${id}`
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a queue that is full', () => {
  it('refuses one message more with a typed error, and keeps and sends what it had', async () => {
    const { clock, conversation, network, responder } = setUp({ client: { limits: { maxQueued: 20 } } })
    network.reachable = false
    const tasks = Array.from({ length: 25 }, (_, n) => conversation.sendMessage(`message ${n}`))
    const refused = await Promise.all(tasks.slice(20).map((task) => outcome(task.accepted)))
    const shown = conversation.getSnapshot().messages.length
    network.reachable = true
    await clock.advance(60_000)
    const sent = await Promise.all(tasks.slice(0, 20).map((task) => outcome(task.finished)))
    console.info(
      `a queue of 20, 25 messages written offline: ${refused.length} refused with ${refused[0]}, ${shown} kept, ` +
        `${responder.asked.length} sent once the server was there`,
    )
    expect(refused).toEqual(Array(5).fill('queue_full'))
    expect(shown).toBe(20)
    expect(sent).toEqual(Array(20).fill('resolved'))
    expect(responder.asked).toEqual(Array.from({ length: 20 }, (_, n) => `message ${n}`))
  })
})

describe('a client that is closed', () => {
  it('leaves no timer and no listener behind, in whatever state it was', async () => {
    const page = new CountedTarget()
    const view = new CountedTarget()
    vi.stubGlobal('document', page)
    vi.stubGlobal('window', view)
    let most = 0
    let left = 0
    const count = 200
    for (let at = 0; at < count; at++) {
      const { clock, client, conversation, clientClock, network } = setUp()
      conversation.subscribe(() => {})
      const task = conversation.sendMessage('Hello')
      network.losesAnswer = () => at % 3 === 0
      await clock.advance(at)
      if (at % 2 === 0) network.cut()
      await clock.advance(at)
      if (at % 5 === 0) view.dispatchEvent(new Event('online'))
      most = Math.max(most, clientClock.pending + page.listeners + view.listeners)
      await client.close()
      await outcome(task.finished)
      await settle()
      left += clientClock.pending + page.listeners + view.listeners
    }
    console.info(
      `${count} clients closed in ${count} states: up to ${most} timers and listeners before, ${left} left`,
    )
    expect(most).toBeGreaterThan(3)
    expect(left).toBe(0)
  })
})
