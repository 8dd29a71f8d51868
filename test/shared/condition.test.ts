import { expect, it } from 'vitest'
import { Condition } from '../../src/shared/wait.js'

const open = new AbortController().signal

it.each([
  ['has been met', () => true as const],
  [
    'has failed',
    () => {
      throw new Error('no')
    },
  ],
])('a condition that %s is not looked at again, not even in the same instant', async (_how, answer) => {
  const condition = new Condition()
  let looks = 0
  let isKnown = false
  const wait = condition.waitFor((): true | undefined => {
    looks++
    return isKnown ? answer() : undefined
  }, open)
  isKnown = true
  condition.notify()
  condition.notify()
  await wait.catch(() => {})
  expect(looks).toBe(2)
})
