import type { Clock, TimerId } from './clock.js'

/** Runs `flush` a little later, so that many changes become one notification. @returns the undo. */
export type Schedule = (flush: () => void) => () => void

/** Milliseconds between two notifications if there are no frames, and in a hidden tab. */
const interval = 16
const hiddenInterval = 250

const isHidden = () => typeof document !== 'undefined' && document.hidden
const hasFrames = () => !isHidden() && typeof requestAnimationFrame === 'function'

/**
 * Once per animation frame, for all conversations of a client. If nothing was told within the current frame, a change is told
 * at once, in a microtask: then the whole of what the server has just pushed is told, and told before the next paint. A timer
 * takes the frame's place in a hidden tab (browsers give a hidden tab no frames) and if the platform has no frames.
 */
export function frameSchedule(clock: Clock): Schedule {
  const waiting = new Set<() => void>()
  let flushedAt = -Infinity
  let isQueued = false
  /** The frame that ends the one in which listeners were told last. */
  let frame: number | null = null
  let timer: TimerId | null = null

  const clearTimer = () => {
    clock.clearTimeout(timer)
    timer = null
  }
  const flushAll = () => {
    isQueued = false
    clearTimer()
    if (frame !== null) cancelAnimationFrame(frame)
    frame = null
    if (waiting.size === 0) return
    const flushes = [...waiting]
    waiting.clear()
    flushedAt = clock.now()
    if (hasFrames()) frame = requestAnimationFrame(flushAll)
    for (const flush of flushes) flush()
  }
  const start = () => {
    const pause = isHidden() ? hiddenInterval : interval
    const rest = hasFrames() ? 0 : flushedAt + pause - clock.now()
    // The frame may never come: the tab may be hidden first, or the page be a hidden frame of a shown page.
    if (frame !== null) timer = clock.setTimeout(flushAll, hiddenInterval)
    // More than a whole pause is left only if the clock was set back.
    else if (rest > 0 && rest <= pause) timer = clock.setTimeout(flushAll, rest)
    else {
      isQueued = true
      queueMicrotask(flushAll)
    }
  }
  return (flush) => {
    waiting.add(flush)
    if (!isQueued && timer === null) start()
    return () => {
      waiting.delete(flush)
      if (waiting.size === 0) clearTimer()
    }
  }
}
