/** Hears about a lock that this tab asked for. */
export interface LockListener {
  /** This tab holds the lock from now on. */
  held(): void
  /** Another tab holds the lock; this tab waits in line. */
  taken(): void
}

/** The tabs of one browser, as far as they must know of each other. */
export interface TabLocks {
  /** Asks for a lock that one tab at a time can hold. It is given back if `signal` aborts, or this tab goes. */
  acquire(name: string, signal: AbortSignal, listener: LockListener): void
  /**
   * Hears what other tabs tell on the channel of this name, until `signal` aborts. @returns a function that tells the
   * other tabs something.
   */
  listen(name: string, signal: AbortSignal, heard: (message: unknown) => void): (message: unknown) => void
}

/**
 * The browser's Web Locks and a BroadcastChannel, looked for at their first use. Browsers give locks to secure pages
 * only; without them each tab believes that it is alone.
 */
export const browserTabLocks: TabLocks = {
  acquire(name, signal, listener) {
    const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
    if (!locks) return listener.held()
    waitInLine(locks, name, signal, listener).catch(() => {
      // An origin that may not use locks.
      if (!signal.aborted) listener.held()
    })
  },
  listen(name, signal, heard) {
    const channel = openChannel(name)
    if (!channel) return () => {}
    channel.onmessage = ({ data }) => heard(data)
    signal.addEventListener('abort', () => channel.close())
    return (message) => channel.postMessage(message)
  },
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name)
  } catch {
    // Firefox, if a person has blocked cookies.
    return undefined
  }
}

async function waitInLine(
  locks: Pick<LockManager, 'request'>,
  name: string,
  signal: AbortSignal,
  { held, taken }: LockListener,
): Promise<void> {
  const acquire = () => {
    held()
    return new Promise<true>((resolve) => signal.addEventListener('abort', () => resolve(true)))
  }
  // Web Locks take no signal together with `ifAvailable`, so that the abort may have come first.
  const ifFree = (lock: Lock | null) => lock !== null && (signal.aborted || acquire())
  if (await locks.request(name, { ifAvailable: true }, ifFree)) return
  taken()
  await locks.request(name, { signal }, acquire)
}
