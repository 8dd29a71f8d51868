import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import * as z3 from 'zod/v3'
import { translateError } from '../../src/errors/translate-error.js'

const input = { name: 7, tags: ['fine', { secret: 'canary-value' }], 'key of canary': {}, sk_live_canary: {} }

const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('unable to test; nothing was thrown')
}

const z4 = z.object({ name: z.string(), tags: z.array(z.string()) })
const cases: [string, unknown][] = [
  ['zod 4', thrown(() => z4.parse(input))],
  [
    'zod mini',
    thrown(() => mini.object({ name: mini.string(), tags: mini.array(mini.string()) }).parse(input)),
  ],
  ['zod 3', thrown(() => z3.object({ name: z3.string(), tags: z3.array(z3.string()) }).parse(input))],
  ['valibot', thrown(() => v.parse(v.object({ name: v.string(), tags: v.array(v.string()) }), input))],
]

describe('translateError of a refused input', () => {
  it.each(cases)('names the fields of %s, never their values', (_, raw) => {
    for (const [locale, text] of [
      ['en', 'The message is not valid. Please check it and try again.'],
      ['zh-CN', '消息有误，请检查后重试'],
    ] as const) {
      const error = translateError(raw, { locale })
      expect(error).toMatchObject({ category: 'validation', code: 'invalid_message', retryable: false })
      expect(error.details).toEqual({ fields: ['name', 'tags.1'] })
      expect(error.userMessage).toBe(text)
      expect(JSON.stringify(error)).not.toContain('canary')
    }
  })

  it('masks what was typed as a key', () => {
    const raw = thrown(() =>
      z.record(z.string(), z.number()).parse({ 'key of canary': 'a', sk_live_canary: 'b' }),
    )
    expect(translateError(raw).details).toEqual({ fields: ['*'] })
  })

  it('names each field once and no more than twenty', () => {
    const issues = Array.from({ length: 1000 }, (_, index) => ({ path: ['items', index >> 1] }))
    const { details } = translateError({ name: 'ZodError', issues })
    expect(details).toEqual({ fields: Array.from({ length: 10 }, (_, index) => `items.${index}`) })
  })

  it('names none where the whole input is wrong', () => {
    expect(translateError(thrown(() => z.string().parse(7))).details).toEqual({ fields: [] })
    expect(translateError(thrown(() => v.parse(v.string(), 7))).details).toEqual({ fields: [] })
  })

  it.each([[[null, 7, { path: 'a.b' }, { path: [Symbol('s'), {}] }]], [[]]])(
    'gets along with issues that are none: %s',
    (issues) => {
      expect(translateError({ name: 'ValiError', issues })).toMatchObject({ code: 'invalid_message' })
    },
  )

  it('leaves an error alone that only has issues', () => {
    expect(translateError({ name: 'Error', issues: [{ path: ['a'] }] })).toMatchObject({ code: 'unknown' })
  })
})
