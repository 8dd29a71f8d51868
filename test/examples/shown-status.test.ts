import { describe, expect, it } from 'vitest'
import { shownStatus } from '../../examples/shared/shown-status.js'

describe('the status of the connection that is shown', () => {
  it('stays the same from its loss until it is whole again', () => {
    expect(shownStatus('waiting', 'connected')).toBe('waiting')
    expect(shownStatus('connecting', 'waiting')).toBe('waiting')
    expect(shownStatus('connected', 'waiting')).toBe('connected')
  })

  it.each(['idle', 'connected', 'failed', undefined] as const)(
    'is that it is being made where %s was shown before',
    (before) => {
      expect(shownStatus('connecting', before)).toBe('connecting')
    },
  )
})
