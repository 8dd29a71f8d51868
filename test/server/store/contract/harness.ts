import assert from 'node:assert/strict'
import type { ChatStore } from '../../../../src/server/store/index.js'

/** A store as the contract sees it. */
export interface StoreUnderTest {
  /** Two nodes on the same conversations. For a store that is one process's alone, the same store twice. */
  readonly nodes: readonly [ChatStore, ChatStore]
  /** Moves the store's time forward: that of its leases, of candidate epochs and of what may be forgotten. */
  advance(ms: number): Promise<void>
  /** A store on what is left if the process dies now. Absent if nothing is left. */
  reopen?(): Promise<ChatStore>
  close(): Promise<void>
}

export interface ContractCase {
  /** The promise. */
  readonly name: string
  /** @throws AssertionError if the store does not keep it. */
  run(): Promise<void>
}

export type Case = readonly [name: string, run: (store: StoreUnderTest) => Promise<void>]

export const minute = 60_000
export const hour = 60 * minute

/** Waits until a change that travels has arrived. Fails after 5 seconds. */
export async function eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!(await probe())) {
    assert.ok(performance.now() < deadline, `${what} has not come`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
