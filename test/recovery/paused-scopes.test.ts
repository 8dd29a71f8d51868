import { describe, expect, it } from 'vitest'
import { addHold, dropHolds, isHeld } from '../../src/recovery/error-recovery-manager.js'

describe('paused scopes', () => {
  it('holds every scope but the connection, unless a scope is named', () => {
    const all = addHold([], 'offline', undefined)
    expect(['task', 'upload', 'connection'].map((scope) => isHeld(all, scope))).toEqual([true, true, false])
    const one = addHold([], 'offline', 'connection')
    expect(['task', 'upload', 'connection'].map((scope) => isHeld(one, scope))).toEqual([false, false, true])
  })

  it('does not grow when the same pause is asked for again', () => {
    const once = addHold(addHold([], 'offline', undefined), 'offline', 'task')
    expect(addHold(addHold(once, 'offline', undefined), 'offline', 'task')).toBe(once)
  })

  it('is lifted for one reason in every scope, and for no other reason', () => {
    const holds = addHold(addHold(addHold([], 'a', undefined), 'a', 'connection'), 'b', 'task')
    expect(dropHolds(holds, 'a')).toEqual([{ reason: 'b', scope: 'task' }])
  })
})
