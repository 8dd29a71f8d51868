import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/server/store/memory-store.js'
import { rotatingStore } from '../support/rotating-store.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest } from './core-under-test.js'

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
