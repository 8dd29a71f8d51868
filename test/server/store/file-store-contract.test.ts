import { cpSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, it } from 'vitest'
import { type Durability, fileStore } from '../../../src/server/store/file-store.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { atOnce, type StoreUnderTest, storeContract } from './store-contract.js'
import { temporaryFolder } from './temporary-folder.js'

async function open(durability: Durability): Promise<StoreUnderTest> {
  const clock = new VirtualClock()
  const folder = temporaryFolder()
  const store = fileStore(folder, { clock, durability })
  const reopened: { close(): Promise<void> }[] = []
  return {
    nodes: [store, store],
    advance: (ms) => clock.advance(ms),
    // What is in the files at this moment is all that a process leaves that is killed.
    reopen: async () => {
      const left = temporaryFolder()
      cpSync(folder, left, { recursive: true, filter: (path) => basename(path) !== 'owner' })
      const survivor = fileStore(left, { clock, durability })
      reopened.push(survivor)
      return survivor
    },
    close: async () => {
      for (const each of [store, ...reopened]) await each.close()
    },
  }
}

describe.each(['process', 'disk'] as const)(
  'the file store keeps the contract, durability %s:',
  (durability) => {
    for (const { name, run } of storeContract(() => open(durability))) it(name, run)
  },
)

describe('the file store, asked to store at once, keeps the contract:', () => {
  for (const { name, run } of storeContract(() => atOnce(() => open('process')))) it(name, run)
})
