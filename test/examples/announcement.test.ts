import { describe, expect, it } from 'vitest'
import { announcement } from '../../examples/shared/announcement.js'
import { stringsFor } from '../../examples/shared/language.js'
import { AppError } from '../../src/errors/app-error.js'

const en = stringsFor('en')
const calm = { connection: { status: 'connected' }, status: 'ready', retryState: null } as const
const retryState = {
  taskId: 't1',
  attempt: 2,
  maxAttempts: 3,
  nextRetryAt: 5000,
  error: new AppError({ message: 'x', category: 'temporary' }),
}

describe('what a screen reader is told', () => {
  it('is that the page waits for them once an answer is over', () => {
    expect(announcement(calm, en)).toBe('Ready for your message')
  })

  it('is that an answer is on its way', () => {
    expect(announcement({ ...calm, status: 'streaming' }, en)).toBe('The answer is being written')
  })

  it('is which attempt is waited for, in the same words for the whole wait', () => {
    const early = announcement({ ...calm, retryState }, en)
    const late = announcement({ ...calm, retryState: { ...retryState, nextRetryAt: 9000 } }, en)
    expect(early).toBe('Waiting to try again, Attempt 2 of 3')
    expect(late).toBe(early)
  })

  it('is left to the header while there is no connection', () => {
    const waiting = { ...calm, connection: { status: 'waiting' }, retryState } as const
    expect(announcement(waiting, en)).toBe('')
  })
})
