import { describe, expect, it } from 'vitest'
import { Orphans } from '../../src/server/engine/orphans.js'

describe('tasks whose function another process has', () => {
  it('wait from the moment at which this node looked first', () => {
    const orphans = new Orphans(1000)
    expect(['a', 'b', 'a', 'b'].map((name, index) => orphans.waitOf(name, 100 * index))).toEqual([
      0, 0, 200, 200,
    ])
  })

  it('are forgotten once two leases have passed, so that those that ran elsewhere take no memory', () => {
    const orphans = new Orphans(1000)
    for (let n = 0; n < 100_000; n++) orphans.waitOf(`task ${n}`, n)
    expect(orphans.size).toBe(2000)
  })

  it('wait anew after they were deleted', () => {
    const orphans = new Orphans(1000)
    orphans.waitOf('a', 0)
    orphans.delete('a')
    expect(orphans.waitOf('a', 500)).toBe(0)
  })
})
