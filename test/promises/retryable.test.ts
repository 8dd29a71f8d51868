import { afterAll, describe, expect, it } from 'vitest'
import { policyOf } from '../../src/errors/error-policy.js'
import { en } from '../../src/errors/locales/en.js'
import { actions, type Refusal, refuseAlways, type Seen } from './refused-actions.js'

/** Every code and category that the SDK knows, as an honest server sends it. */
const refusals: Refusal[] = Object.keys(en)
  .filter((key) => key !== 'failed')
  .map((code) => {
    const [category, , retryable] = policyOf(code)
    return { category, code, retryable }
  })

/** What is asked for until it is given, for as long as somebody wants it; the others end after some tries. */
const endless = ['handshake', 'chat:join', 'chat:stop']
/** What a person waits for who can ask again. */
const once = ['chat:history']

function expected(action: string, { code, retryable }: Refusal): string {
  if (code === 'token_expired') return 'twice'
  if (!retryable || once.includes(action)) return 'once'
  return endless.includes(action) ? 'until it is given' : 'three attempts'
}

function described(action: string, { asked }: Seen): string {
  if (asked === 1) return 'once'
  // A first attempt that failed in the log is none of those that are asked for by this request.
  if (asked === (action === 'chat:retry' ? 2 : 3)) return 'three attempts'
  if (asked === 2) return 'twice'
  // Ever more rarely: within a minute two dozen times, not thousands.
  return asked > 5 && asked < 50 ? 'until it is given' : `${asked} times`
}

const table: string[] = []
afterAll(() => {
  const names = Object.keys(actions)
  const lines = [['category', 'code', ...names], Array(names.length + 2).fill('---')]
  console.info([...lines.map((cells) => `| ${cells.join(' | ')} |`), ...table].join('\n'))
})

describe('what a server always refuses', () => {
  it.each(refusals)('with $category, $code is asked for again only where that can help', async (refusal) => {
    const seen = new Map<string, Seen>()
    for (const action of Object.keys(actions)) seen.set(action, await refuseAlways(action, refusal))
    const cells = [...seen.values()].map(({ asked }) => asked)
    table.push(`| ${[refusal.category, refusal.code, ...cells].join(' | ')} |`)
    for (const [action, what] of seen) {
      const isRenewed = refusal.code === 'token_expired'
      expect(what.refreshes, `new tokens at ${action}`).toBe(isRenewed ? 1 : 0)
      if (isRenewed) expect(what.asked, action).toBe(2)
      else expect(described(action, what), action).toBe(expected(action, refusal))
    }
  })

  it('is every category there is, and every action', () => {
    expect(new Set(refusals.map(({ category }) => category)).size).toBe(5)
    expect(table).toHaveLength(refusals.length)
  })
})
