const hiddenInterval = 250

/** Runs `flush` with the next frame; four times a second where the page is hidden, and has no frames. */
export function nextFrame(flush: () => void): void {
  if (document.hidden) setTimeout(flush, hiddenInterval)
  else requestAnimationFrame(flush)
}

/** Resolves after the next frame was painted. */
export const painted = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
