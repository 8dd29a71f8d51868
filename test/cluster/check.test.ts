import { describe, expect, it } from 'vitest'
import { check, type Evidence, harm } from './check.js'
import { wordOf } from './questions.js'

const user = (text: string) => ({ role: 'user', text, isComplete: false })
const answer = (text: string) => ({ role: 'assistant', text, isComplete: true })
const whole = [0, 1, 2].map((number) => wordOf('run', number)).join('')

const told = (text: string) => ({ text, words: 3, accepted: 'yes', answered: 'yes' }) as const
const good: Evidence = {
  told: [told('one'), told('two')],
  log: [user('one'), answer(whole), user('two'), answer(whole)],
  screen: [user('one'), answer(whole), user('two'), answer(whole)],
  hasToldOfLoss: false,
}
const withLog = (log: Evidence['log'], more: Partial<Evidence> = {}) =>
  check({ ...good, log, screen: log, ...more })

describe('the checker of the cluster', () => {
  it('finds no harm in a conversation that is whole', () => {
    expect(check(good)).toMatchObject({ sent: 2, whole: 2 })
    expect(harm(check(good), false)).toBe(0)
  })

  it('finds a message that is lost without a word', () => {
    expect(withLog([user('one'), answer(whole)])).toMatchObject({ silent: 1 })
  })

  it('finds an answer that is lost without a word', () => {
    expect(withLog([user('one'), user('two'), answer(whole)])).toMatchObject({ silent: 1 })
  })

  it('allows a loss that was said only where the store itself may lose', () => {
    const lost = withLog([user('two'), answer(whole)], { hasToldOfLoss: true })
    expect(lost).toMatchObject({ silent: 0, saidLost: 1 })
    expect(harm(lost, true)).toBe(0)
    expect(harm(lost, false)).toBe(1)
  })

  it('finds a message that is stored twice', () => {
    expect(withLog([user('one'), answer(whole), user('one'), ...good.log.slice(2)])).toMatchObject({
      twice: 1,
    })
  })

  it('finds messages that are out of order', () => {
    expect(withLog([...good.log.slice(2), ...good.log.slice(0, 2)])).toMatchObject({ disordered: 1 })
  })

  it.each([
    ['two runs mixed', wordOf('run', 0) + wordOf('other', 1) + wordOf('run', 2)],
    ['a word twice', whole + wordOf('run', 2)],
    ['a word missing', wordOf('run', 0) + wordOf('run', 2)],
    ['words in another order', wordOf('run', 1) + wordOf('run', 0) + wordOf('run', 2)],
  ])('finds an answer with %s', (_, text) => {
    expect(withLog([user('one'), answer(text), ...good.log.slice(2)])).toMatchObject({ mixed: 1 })
  })

  it('finds a promise that did not settle', () => {
    const hanging = { ...told('two'), answered: 'nothing' } as const
    expect(check({ ...good, told: [told('one'), hanging] })).toMatchObject({ hung: 1 })
  })

  it('finds a screen that is not what the node has', () => {
    expect(check({ ...good, screen: good.screen.slice(1) })).toMatchObject({ wrongScreens: 1 })
  })
})
