import { expect, it } from 'vitest'
import { memoryStore } from '../../src/server/store/memory-store.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest } from './core-under-test.js'

it('a step that was stored and never answered does not swallow the error after it', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  let lost = 0
  const connect = (): ReturnType<typeof memoryStore> => {
    const own = inner.connect()
    const append: typeof own.append = async (key, step) => {
      const answer = await own.append(key, step)
      if (step.events.some(({ type }) => type === 'delta') && lost++ < 6) throw new Error('reply lost')
      return answer
    }
    // A store that cannot append at once, as over a network.
    return new Proxy(own, {
      get(target, name) {
        if (name === 'appendNow') return undefined
        if (name === 'append') return append
        if (name === 'connect') return connect
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  const test = await coreUnderTest({ store: connect(), clock })
  await test.send('t1', saying('m1', 'hi'))
  await test.responder.last.say('word')
  for (let index = 0; index < 30; index += 1) {
    await clock.advance(200)
    await settle()
  }
  expect(test.events.at(-1)).toMatchObject({ type: 'error', offset: 4 })
  expect(test.events.at(-1)).not.toMatchObject({ code: 'interrupted' })
})
