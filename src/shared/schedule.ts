import type { Clock } from './clock.js'

/** Runs `flush` a little later, so that many changes become one notification. @returns the undo. */
export type Schedule = (flush: () => void) => () => void

const frame = 16
const hiddenInterval = 250

/**
 * Once per animation frame; by timer while the tab is hidden (browsers give a hidden tab no frames) and where there
 * are no frames at all.
 */
export function frameSchedule(clock: Clock): Schedule {
  return (flush) => {
    const hidden = typeof document !== 'undefined' && document.hidden
    if (!hidden && typeof requestAnimationFrame === 'function') {
      const cancel = () => {
        cancelAnimationFrame(id)
        clock.clearTimeout(timer)
      }
      const once = () => {
        cancel()
        flush()
      }
      const id = requestAnimationFrame(once)
      // The tab may be hidden before the frame comes, or this is a hidden frame of a shown page, and then none does.
      const timer = clock.setTimeout(once, hiddenInterval)
      return cancel
    }
    const id = clock.setTimeout(flush, hidden ? hiddenInterval : frame)
    return () => clock.clearTimeout(id)
  }
}
