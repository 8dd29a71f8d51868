import { describe, expect, it } from 'vitest'
import { concurrentPage, readings } from './support/concurrent-page.js'

// No test of this file compares times, so other files may run beside it.
describe.each([19, 18])('React %i, built as for production, while an answer streams', (major) => {
  const { play, reactVersion } = concurrentPage(major)

  it('runs on the React that it names', async () => {
    expect((await reactVersion()).split('.')[0]).toBe(String(major))
  })

  describe.each(readings)('read by %s', (reading) => {
    it.runIf(major === 19)(
      'a hidden Activity renders nothing of the stream, and shows all of it with its first frame',
      async () => {
        const seen = await play('activity', { reading })
        expect(seen?.hidden.renders).toBe(0)
        expect(seen?.hidden.grew[0]).toBeGreaterThan(0)
        expect(seen?.hidden.grew[1]).toBe(0)
        expect(new Set(seen?.shown).size).toBe(1)
        expect(seen?.joins).toBe(1)
      },
    )

    it('a page that was rendered with fewer messages is hydrated as it is, then shows all', async () => {
      const seen = await play('hydration', { reading })
      expect(seen).toMatchObject({ rendered: 0, isSameButton: true, complaints: [] })
      expect(seen.pushed).toBeGreaterThan(0)
      expect(seen.shown).toEqual([seen.pushed])
    })
  })

  it('readers that mount in a transition never show another state than those beside them', async () => {
    const { mounted, torn } = await play('tearing', 100)
    expect(mounted).toBe(100)
    expect(torn).toEqual([])
  })
})
