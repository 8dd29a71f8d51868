import { describe, expect, it } from 'vitest'
import { PausedScopes } from '../../src/recovery/error-recovery-manager.js'

const scopes = ['task', 'upload', 'connection']

function paused(...pauses: readonly (readonly [reason: string, scope?: string])[]) {
  const paused = new PausedScopes()
  for (const [reason, scope] of pauses) paused.pause(reason, scope)
  const held = () => scopes.filter((scope) => paused.holds(scope))
  return { held, resume: (reason: string) => paused.resume(reason) }
}

describe('paused scopes', () => {
  it('holds nothing before the first pause', () => {
    expect(paused().held()).toEqual([])
  })

  it('holds every scope but the connection, unless a scope is named', () => {
    expect(paused(['offline']).held()).toEqual(['task', 'upload'])
    expect(paused(['offline', 'connection']).held()).toEqual(['connection'])
    expect(paused(['offline'], ['signed out', 'connection']).held()).toEqual(scopes)
  })

  it('is lifted by one resume however often the same pause was asked for', () => {
    const { held, resume } = paused(['offline'], ['offline'], ['offline', 'task'], ['offline', 'task'])
    resume('offline')
    expect(held()).toEqual([])
  })

  it('is lifted for one reason in every scope, and for no other reason', () => {
    const { held, resume } = paused(['a'], ['a', 'connection'], ['a', 'task'], ['b', 'task'])
    resume('unknown')
    expect(held()).toEqual(scopes)
    resume('a')
    expect(held()).toEqual(['task'])
    resume('b')
    expect(held()).toEqual([])
  })
})
