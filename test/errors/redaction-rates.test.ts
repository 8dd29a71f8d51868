import { describe, expect, it } from 'vitest'
import { redact as coreRedact } from '../../src/errors/core-redact.js'
import { coreRedactText } from '../../src/errors/core-redact-text.js'
import { redact } from '../../src/errors/redact.js'
import { redactText } from '../../src/errors/redact-text.js'
import { seededRandom } from '../support/random.js'
import { ordinaryTexts } from './corpus/ordinary-texts.js'
import { secretCases } from './corpus/secrets.js'

/** Whether more of the secret is left than a coincidence leaves. */
function survives(safe: string, secret: string): boolean {
  const piece = Math.min(secret.length, 8)
  for (let from = 0; from + piece <= secret.length; from++) {
    if (safe.includes(secret.slice(from, from + piece))) return true
  }
  return false
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

describe('redaction', () => {
  it('lets no generated secret survive, nor a part of one', () => {
    const cases = [1, 2, 3].flatMap((seed) => secretCases(seededRandom(seed)))
    const survivors = cases.filter(({ value, secret }) => survives(JSON.stringify(redact(value)), secret))
    print(`secrets that survive redaction: ${survivors.length} of ${cases.length}`)
    expect(cases.length).toBeGreaterThanOrEqual(300)
    expect(survivors.map(({ kind, value }) => [kind, value, redact(value)])).toEqual([])
  })

  it('changes at most 2 of 200 ordinary texts', () => {
    const changed = ordinaryTexts.filter((text) => redactText(text) !== text)
    print(`ordinary texts that redaction changes: ${changed.length} of ${ordinaryTexts.length}`)
    expect(ordinaryTexts.length).toBeGreaterThanOrEqual(200)
    expect(
      changed.length,
      changed.map((text) => `${text} -> ${redactText(text)}`).join('\n'),
    ).toBeLessThanOrEqual(2)
  })
})

// What every page carries is small, and does not know names beside values, words between a name and its value, or all names.
describe('redaction of the page', () => {
  it('lets at most a third of the generated secrets survive', () => {
    const cases = [1, 2, 3].flatMap((seed) => secretCases(seededRandom(seed)))
    const survivors = cases.filter(({ value, secret }) => survives(JSON.stringify(coreRedact(value)), secret))
    print(`secrets that survive redaction in a page: ${survivors.length} of ${cases.length}`)
    expect(survivors.length).toBeLessThanOrEqual(cases.length / 3)
  })

  it('changes at most an eighth of the ordinary texts', () => {
    const changed = ordinaryTexts.filter((text) => coreRedactText(text) !== text)
    print(`ordinary texts that redaction changes in a page: ${changed.length} of ${ordinaryTexts.length}`)
    expect(changed.length).toBeLessThanOrEqual(ordinaryTexts.length / 8)
  })
})
