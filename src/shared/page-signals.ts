import type { Clock } from './clock.js'

export interface PageListener {
  /** The network may be back, or this page has slept: what was true of the connection may be so no more. */
  wake(): void
  /** The page is put away: it may never run again, or go on an hour later. */
  suspend(): void
}

/** The browser's hints about the page and its network. */
export interface PageSignals {
  /** The browser's word; true if there is no browser. */
  isOnline(): boolean
  /** @returns the undo. */
  listen(listener: PageListener, clock: Clock): () => void
}

/** Nothing is touched before `listen`. Outside browsers there are no such hints. */
export const browserPageSignals: PageSignals = {
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  listen({ wake, suspend }, clock) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const listening = new AbortController()
    const { signal } = listening
    const on = (target: EventTarget, names: string, listener: (event: Event) => unknown) => {
      for (const name of names.split(' ')) target.addEventListener(name, listener, { signal })
    }
    // A hidden tab's timers run once a minute; its connection is looked at when it is shown.
    const ifShown = () => {
      if (document.visibilityState === 'visible') wake()
    }
    on(window, 'online offline', wake)
    // A page is also shown when it has just been loaded, and then nothing is old.
    on(window, 'pageshow', (event) => (event as PageTransitionEvent).persisted && wake())
    on(document, 'resume', wake)
    on(document, 'visibilitychange', ifShown)
    on(window, 'pagehide', suspend)
    on(document, 'freeze', suspend)
    const stopWatching = watchForSleep(clock, ifShown)
    return () => {
      listening.abort()
      stopWatching()
    }
  },
}

const beat = 10_000

/** A timer that is much too late, by the clock, shows that the machine has slept, or that its clock was set. */
function watchForSleep(clock: Clock, onWoken: () => void): () => void {
  let last = clock.now()
  const look = () => {
    const now = clock.now()
    if (Math.abs(now - last - beat) > beat) onWoken()
    last = now
    timer = clock.setTimeout(look, beat)
  }
  let timer = clock.setTimeout(look, beat)
  return () => clock.clearTimeout(timer)
}
