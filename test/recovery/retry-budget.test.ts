import { describe, expect, it } from 'vitest'
import {
  defaultRetryBudget,
  earn,
  type RetryBudgetConfig,
  refund,
  resolveRetryBudget,
  spend,
} from '../../src/recovery/retry-budget.js'

describe('the retry budget', () => {
  it('pays one retry a token and then none', () => {
    expect(spend(2)).toBe(1)
    expect(spend(1)).toBe(0)
    expect(spend(0)).toBeNull()
    expect(spend(0.8)).toBeNull()
  })

  it('pays the next retry after five successes', () => {
    let tokens = 0
    for (let success = 0; success < 4; success++) tokens = earn(tokens, defaultRetryBudget)
    expect(spend(tokens)).toBeNull()
    expect(spend(earn(tokens, defaultRetryBudget))).toBeCloseTo(0)
  })

  it('is not fooled by fractions that binary numbers cannot hold', () => {
    let tokens = 0
    for (let success = 0; success < 10; success++) tokens = earn(tokens, { capacity: 5, refill: 0.1 })
    expect(tokens).toBeLessThan(1)
    expect(spend(tokens)).not.toBeNull()
  })

  it('never holds more than its capacity', () => {
    expect(earn(4.9, defaultRetryBudget)).toBe(5)
    expect(refund(4.5, defaultRetryBudget)).toBe(5)
    expect(refund(3, defaultRetryBudget)).toBe(4)
  })

  it('fills up what is not given', () => {
    expect(resolveRetryBudget({ capacity: 0 }, 'retryBudget')).toEqual({ capacity: 0, refill: 0.2 })
    expect(resolveRetryBudget(undefined, 'retryBudget')).toEqual({ capacity: 5, refill: 0.2 })
  })

  it.each([
    [{ capacity: -1 }, 'unable to use retryBudget.capacity; expected a finite number of at least 0, got -1'],
    [
      { refill: Infinity },
      'unable to use retryBudget.refill; expected a finite number of at least 0, got Infinity',
    ],
    [{ refill: '1' }, 'unable to use retryBudget.refill; expected a finite number of at least 0, got string'],
    [true, 'unable to use retryBudget; expected an object, got boolean'],
  ])('refuses %o and names the option', (given, message) => {
    expect(() => resolveRetryBudget(given as Partial<RetryBudgetConfig>, 'retryBudget')).toThrow(message)
  })
})
