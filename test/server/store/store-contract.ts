import { accepting } from './contract/accepting.js'
import { compacting } from './contract/compacting.js'
import { due } from './contract/due.js'
import type { ContractCase, StoreUnderTest } from './contract/harness.js'
import { leasing } from './contract/leasing.js'
import { reading } from './contract/reading.js'
import { running } from './contract/running.js'
import { surviving } from './contract/surviving.js'
import { telling } from './contract/telling.js'

export { atOnce } from './contract/at-once.js'
export type { ContractCase, StoreUnderTest } from './contract/harness.js'

/**
 * What every store promises, one case a promise. Each case opens a store of its own that is empty, and closes it. The
 * cases may run in any order, and side by side if `open` allows that. Give them to any test runner:
 *
 * ```ts
 * for (const { name, run } of storeContract(open)) it(name, run)
 * ```
 *
 * The store's time must begin at 2026-01-01T00:00:00.000Z if `advance` moves a clock of its own.
 */
export function storeContract(open: () => Promise<StoreUnderTest>): readonly ContractCase[] {
  const cases = [
    ...reading,
    ...accepting,
    ...running,
    ...leasing,
    ...compacting,
    ...telling,
    ...due,
    ...surviving,
  ]
  return cases.map(([name, run]) => ({
    name,
    run: async () => {
      const store = await open()
      try {
        await run(store)
      } finally {
        await store.close()
      }
    },
  }))
}
