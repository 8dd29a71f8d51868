import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/server/store/memory-store.js'
import { emptiedStore } from '../support/emptied-store.js'
import { rotatingStore } from '../support/rotating-store.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, keyOf } from './core-under-test.js'
import { endless, joinAll, liveServers, send } from './live-server.js'

const serve = liveServers()

async function answering() {
  const clock = new VirtualClock()
  const store = rotatingStore(memoryStore({ clock, createId: () => 'e1' }))
  const test = await coreUnderTest({ clock, store })
  await test.send('t1', saying('m1', 'hi'))
  await test.responder.last.say('one ')
  return { ...test, store }
}

describe('a store that begins a new epoch while an answer is written', () => {
  it('is told to readers under the new epoch alone', async () => {
    const { store, events, responder } = await answering()
    const before = events.length
    await store.rotate()
    await settle()
    await responder.last.say('two ')
    await responder.last.end()
    expect(events.slice(0, before).every(({ epoch }) => epoch === 'e1')).toBe(true)
    expect(events.length).toBeGreaterThan(before)
    expect(events.slice(before).map(({ epoch }) => epoch)).toEqual(events.slice(before).map(() => 'e1~1'))
  })
})

describe('a store that is emptied while an answer is written', () => {
  async function emptied() {
    const clock = new VirtualClock()
    let epochs = 0
    const store = emptiedStore({ clock, createId: () => `e${++epochs}` })
    const replaced: string[] = []
    const outlet = {
      onEvents: () => {},
      onReplaced: (key: string) => void replaced.push(key),
      onMessage: () => {},
    }
    const test = await coreUnderTest({ clock, store, outlet })
    await test.core.hold(keyOf('ann'))
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.say('one ')
    await store.empty()
    return { ...test, replaced }
  }

  it('is noticed at the next words, and ends the answer', async () => {
    const { responder, replaced } = await emptied()
    await responder.last.say('two ')
    await settle()
    expect(replaced).toEqual([keyOf('ann')])
    expect(responder.last.request.signal.aborted).toBe(true)
  })

  it('is noticed when the lease is renewed, if the answer is silent', async () => {
    const { clock, responder, replaced } = await emptied()
    await clock.advance(5000)
    await settle()
    expect(replaced).toEqual([keyOf('ann')])
    expect(responder.last.request.signal.aborted).toBe(true)
  })

  it('makes the clients that read it come back, long before they would ask by themselves', async () => {
    const store = emptiedStore()
    const server = await serve({ store, respond: endless, leaseMs: 300 })
    const reader = await server.connect()
    const other = await server.connect()
    await reader.request('chat:join', joinAll)
    await other.request('chat:join', { ...joinAll, conversation_id: 'other' })
    await reader.request('chat:send', send('t', 'hello'))
    await reader.event(({ type }) => type === 'delta')
    const gone = reader.disconnected()
    await store.empty()
    await gone
    expect(other.socket.connected).toBe(true)
  })
})
