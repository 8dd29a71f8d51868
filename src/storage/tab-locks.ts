/** What a tab hears about a lock that it asked for. */
export interface LockListener {
  /** No other tab has it: this one does, from now on. */
  held(): void
  /** Another tab has it; this one waits in line. */
  taken(): void
}

/** The tabs of one browser, as far as they must know of each other. */
export interface TabLocks {
  /** Asks for a lock that one tab at a time can hold. It is given back when `signal` aborts, or this tab goes. */
  acquire(name: string, signal: AbortSignal, listener: LockListener): void
  /** Hears what other tabs tell, as long as `signal` is not aborted. @returns how to tell them something. */
  listen(signal: AbortSignal, heard: (message: unknown) => void): (message: unknown) => void
}

/**
 * The browser's Web Locks and a BroadcastChannel, looked for at their first use. Browsers give locks to secure pages
 * only; where there are none, each tab believes that it is alone.
 */
export const browserTabLocks: TabLocks = {
  acquire(name, signal, listener) {
    const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
    if (!locks) return listener.held()
    waitInLine(locks, name, signal, listener).catch(() => {
      // A page whose origin may not use locks.
      if (!signal.aborted) listener.held()
    })
  },
  listen(signal, heard) {
    const channel = openChannel()
    if (!channel) return () => {}
    channel.onmessage = ({ data }) => heard(data)
    signal.addEventListener('abort', () => channel.close())
    return (message) => channel.postMessage(message)
  },
}

function openChannel(): BroadcastChannel | undefined {
  try {
    return typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('reconvene')
  } catch {
    // Firefox, where a person has blocked cookies.
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
