/**
 * Waits for what `begin` starts, and gives up on abort, with `signal.reason`. What `begin` returns undoes what it
 * started; it runs however the wait ends, so neither a timer nor a listener outlives the promise.
 */
export async function waitUnlessAborted<T>(
  signal: AbortSignal | undefined,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  let abort = () => {}
  let undo: (() => void) | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(signal?.reason)
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort)
      undo = begin(resolve, reject)
    })
  } finally {
    signal?.removeEventListener('abort', abort)
    undo?.()
  }
}

/** The promise, given up on abort; what it settles with later is ignored. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  waitUnlessAborted(signal, (resolve, reject) => {
    promise.then(resolve, reject)
  })
