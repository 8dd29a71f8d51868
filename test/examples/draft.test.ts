import { describe, expect, it } from 'vitest'
import { isDraftLost, restoredDraft } from '../../examples/shared/draft.js'

describe('a draft whose send was refused', () => {
  it.each(['queue_full', 'message_too_large'])(
    'comes back after %s, which leaves nothing on the screen',
    (code) => {
      expect(isDraftLost({ code })).toBe(true)
    },
  )

  it.each([{ code: 'network' }, { code: 'cancelled' }, new Error('x'), null, undefined, 'queue_full'])(
    'stays in the conversation after %o',
    (error) => {
      expect(isDraftLost(error)).toBe(false)
    },
  )

  it('stands above what was typed since', () => {
    expect(restoredDraft('first', 'second')).toBe('first\nsecond')
    expect(restoredDraft('first', ' ')).toBe('first')
  })
})
