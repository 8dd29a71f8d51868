import { describe, it } from 'vitest'
import { memoryStore } from '../../../src/server/store/memory-store.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { storeContract } from './store-contract.js'

async function open() {
  const clock = new VirtualClock()
  const a = memoryStore({ clock })
  const b = a.connect()
  return {
    nodes: [a, b] as const,
    advance: (ms: number) => clock.advance(ms),
    close: async () => {
      await a.close()
      await b.close()
    },
  }
}

describe('the memory store keeps the contract:', () => {
  for (const { name, run } of storeContract(open)) it(name, run)
})
