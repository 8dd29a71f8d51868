import { describe, expect, it } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { durable, memoryStorage } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { setUp } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'

const url = 'http://server.test'

describe('a client that is given an adapter in place of a storage', () => {
  it('refuses the option by its name, and names the function that makes a storage of an adapter', () => {
    const make = () => new ChatClient({ url, identity: 'ann', storage: memoryOutbox() as never })
    expect(make).toThrow(RangeError)
    expect(make).toThrow(
      'unable to use storage; expected a storage of reconvene/storage, such as durable(adapter) makes of an adapter, got object',
    )
  })
})

describe('durable', () => {
  it.each(['overview', 'load', 'put', 'markSending', 'remove', 'wipe', 'removeExpired'])(
    'refuses an adapter without %s',
    (method) => {
      const make = () => durable({ ...memoryOutbox(), [method]: undefined })
      expect(make).toThrow(`unable to use adapter.${method}; expected a function, got undefined`)
    },
  )

  it('refuses what is no adapter at all', () => {
    for (const adapter of [undefined, null, 5])
      expect(() => durable(adapter as never)).toThrow('unable to use adapter')
  })

  it('refuses tabs that lack a method, and an option that there is not', () => {
    const misspelt: object = { tab: {} }
    expect(() => durable(memoryOutbox(), { tabs: { acquire() {} } as never })).toThrow('tabs.listen')
    expect(() => durable(memoryOutbox(), misspelt)).toThrow('unable to use tab; there is no such option')
  })

  it('gives its adapter, which an app can wrap into a storage of its own', async () => {
    const { adapter } = memoryStorage()
    const kept: string[] = []
    const wrapped = durable({
      ...adapter,
      put: (intent) => {
        kept.push(intent.conversationId)
        return adapter.put(intent)
      },
    })
    const { clock, network } = setUp()
    network.reachable = false
    const client = new ChatClient({
      url,
      identity: 'ann',
      storage: wrapped,
      clock,
      transport: network.transport,
    })
    client.conversation('demo').sendMessage('Hello')
    await clock.advance(1000)
    expect(kept).toEqual(['demo'])
    expect(await storedBy(adapter, 'ann')).toHaveLength(1)
  })
})
