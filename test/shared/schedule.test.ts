// @vitest-environment jsdom
import { expect, it, vi } from 'vitest'
import { frameSchedule } from '../../src/shared/schedule.js'
import { VirtualClock } from '../support/virtual-clock.js'

// As Chromium does for an iframe of another origin under display:none.
it('a hidden iframe of a shown page gets no frames, and is told all the same', async () => {
  vi.stubGlobal('requestAnimationFrame', () => 1)
  vi.stubGlobal('cancelAnimationFrame', () => {})
  const clock = new VirtualClock()
  const flush = vi.fn()
  expect(document.hidden).toBe(false)
  frameSchedule(clock)(flush)
  await clock.advance(60_000)
  expect(flush).toHaveBeenCalledOnce()
  vi.unstubAllGlobals()
})
