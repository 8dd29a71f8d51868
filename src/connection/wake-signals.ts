/** The browser's hints that the network may be back, or that this page has slept. */
export interface WakeSignals {
  /** The browser's word; true where there is none. */
  isOnline(): boolean
  /** @returns the undo. */
  listen(wake: () => void): () => void
}

/** Nothing is touched before `listen`. Outside browsers there are no such hints. */
export const browserWakeSignals: WakeSignals = {
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  listen(wake) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const shown = () => {
      if (document.visibilityState === 'visible') wake()
    }
    window.addEventListener('online', wake)
    window.addEventListener('pageshow', wake)
    document.addEventListener('visibilitychange', shown)
    return () => {
      window.removeEventListener('online', wake)
      window.removeEventListener('pageshow', wake)
      document.removeEventListener('visibilitychange', shown)
    }
  },
}
