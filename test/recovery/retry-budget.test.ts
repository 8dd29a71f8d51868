import { describe, expect, it } from 'vitest'
import { createRetryBudget, type RetryBudgetOptions } from '../../src/recovery/retry-budget.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { failing, setup, watch } from './support.js'

const minute = 60_000

function setUpBudget(options?: RetryBudgetOptions | false) {
  const clock = new VirtualClock()
  return { clock, budget: createRetryBudget(options, 'retryBudget', clock) }
}

/** How many retries can be paid for at once. */
function takeAll({ budget }: ReturnType<typeof setUpBudget>): number {
  let taken = 0
  while (taken < 1000 && budget.take()) taken++
  return taken
}

describe('the retry budget', () => {
  it('pays one retry a token and then none', () => {
    expect(takeAll(setUpBudget({ capacity: 2 }))).toBe(2)
    expect(takeAll(setUpBudget({ capacity: 0.8 }))).toBe(0)
    expect(takeAll(setUpBudget())).toBe(5)
  })

  it('has no end if it is turned off', () => {
    expect(takeAll(setUpBudget(false))).toBe(1000)
  })

  it('pays the next retry after five successes', () => {
    const spent = setUpBudget()
    takeAll(spent)
    for (let success = 0; success < 4; success++) spent.budget.succeeded()
    expect(takeAll(spent)).toBe(0)
    spent.budget.succeeded()
    expect(takeAll(spent)).toBe(1)
  })

  it('is not fooled by fractions that binary numbers cannot hold', () => {
    const spent = setUpBudget({ capacity: 5, refill: 0.1 })
    takeAll(spent)
    for (let success = 0; success < 10; success++) spent.budget.succeeded()
    expect(takeAll(spent)).toBe(1)
  })

  it('never holds more than its capacity', async () => {
    const full = setUpBudget()
    full.budget.succeeded()
    full.budget.giveBack()
    await full.clock.advance(100 * minute)
    expect(takeAll(full)).toBe(5)
  })

  it('takes back a retry that did not happen', () => {
    const spent = setUpBudget()
    takeAll(spent)
    spent.budget.giveBack()
    expect(takeAll(spent)).toBe(1)
  })

  it('gets one token back every five minutes, also without a success', async () => {
    const spent = setUpBudget()
    takeAll(spent)
    await spent.clock.advance(4 * minute)
    expect(takeAll(spent)).toBe(0)
    await spent.clock.advance(minute)
    expect(takeAll(spent)).toBe(1)
    await spent.clock.advance(15 * minute)
    expect(takeAll(spent)).toBe(3)
  })

  it('waits for successes alone if refillEvery is Infinity', async () => {
    const spent = setUpBudget({ refillEvery: Number.POSITIVE_INFINITY })
    takeAll(spent)
    await spent.clock.advance(10_000 * minute)
    expect(takeAll(spent)).toBe(0)
  })

  it('loses nothing if the clock is set back', () => {
    let now = 1_000_000_000
    const spent = createRetryBudget({ capacity: 2 }, 'retryBudget', { now: () => now })
    expect(spent.take()).toBe(true)
    now = 0
    expect(spent.take()).toBe(true)
    expect(spent.take()).toBe(false)
  })

  it.each([
    [{ capacity: -1 }, 'unable to use retryBudget.capacity; expected a finite number of at least 0, got -1'],
    [
      { refill: Number.POSITIVE_INFINITY },
      'unable to use retryBudget.refill; expected a finite number of at least 0, got Infinity',
    ],
    [{ refill: '1' }, 'unable to use retryBudget.refill; expected a finite number of at least 0, got string'],
    [{ refillEvery: 0 }, 'unable to use retryBudget.refillEvery; expected a number above 0, got 0'],
    [true, 'unable to use retryBudget; expected an object, got boolean'],
  ])('refuses %o and names the option', (given, message) => {
    expect(() => setUpBudget(given as RetryBudgetOptions)).toThrow(message)
  })

  it('lets a person who asks once an hour reach a service that fails each first attempt, for a day', async () => {
    const { clock, manager } = setup()
    const answers: unknown[] = []
    for (let hour = 0; hour < 24; hour++) {
      const outcome = watch(manager.executeWithRetry(`message ${hour}`, failing(1, 'answer').operation))
      await clock.advance(60 * minute)
      answers.push(outcome.value)
    }
    expect(answers).toEqual(Array.from({ length: 24 }, () => 'answer'))
  })
})
