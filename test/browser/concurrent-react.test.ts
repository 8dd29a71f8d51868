import { describe, expect, it } from 'vitest'
import { concurrentPage, readings } from './support/concurrent-page.js'

const frame = 1000 / 60

describe.each([19, 18])('React %i, built as for production, while an answer streams', (major) => {
  const { play, reactVersion } = concurrentPage(major)

  /**
   * The least of up to five measurements, because the time that other programs of this machine take is not React's. A measurement
   * of at most `enough` is the last.
   */
  async function least(measure: () => Promise<number>, enough: number): Promise<number> {
    let smallest = Number.POSITIVE_INFINITY
    for (let count = 0; count < 5 && smallest > enough; count++)
      smallest = Math.min(smallest, await measure())
    return smallest
  }

  /**
   * Checks that a stream adds at most 30 % and two frames to a navigation. `work` is the navigation's own work in milliseconds, which is
   * less than the navigation takes without a stream, so this bound is a little stricter than one from a measurement.
   */
  async function expectNoDelay(
    measure: (rate: number) => Promise<number>,
    work: number,
    rates: readonly number[],
  ) {
    const limit = 1.3 * work + 2 * frame
    for (const rate of rates)
      expect(await least(() => measure(rate), limit), `at ${rate} a second`).toBeLessThanOrEqual(limit)
  }

  it('runs on the React that it names', async () => {
    expect((await reactVersion()).split('.')[0]).toBe(String(major))
  })

  describe.each(readings)('read by %s', (reading) => {
    it.each([60, 300])(
      'a transition to a screen of %i ms takes no longer than without a stream',
      async (ms) => {
        await expectNoDelay((rate) => play('transition', { reading, rate, ms }), ms, [60, 200, 1000])
      },
    )

    it('a navigation of React Router takes no longer than without a stream', async () => {
      for (const ms of [60, 300])
        await expectNoDelay((rate) => play('route', { reading, rate, ms }), ms, [60, 200, 1000])
    })

    it('a transition that suspends shows no fallback, and the answer goes on meanwhile', async () => {
      const measure = async (rate: number) => {
        const { took, fallbacks, grownMeanwhile } = await play('suspending', { reading, rate })
        expect(fallbacks).toBe(0)
        if (rate > 0) expect(grownMeanwhile).toBeGreaterThan(0)
        return took
      }
      // 100 ms of rendering, and then 300 ms until the data is there.
      await expectNoDelay(measure, 400, [200])
    })

    it('a deferred list that renders for 40 ms is at most 150 ms behind the answer', async () => {
      expect(await least(() => play('deferral', { reading, rate: 200 }), 150)).toBeLessThanOrEqual(150)
    })
  })
})
