export interface UntilOptions {
  /** Calls back whenever what is looked at may have changed; returns the undo. */
  readonly subscribe: (check: () => void) => () => void
  /** Milliseconds after which the test has failed. @default 10000 */
  readonly within?: number
}

type Truthy<T> = Exclude<NonNullable<T>, false>

/**
 * Resolves with the first truthy value of `probe`, which is looked at now and after each change. Nothing is polled; the
 * time limit only ends a test that would hang, with the probe itself as the explanation.
 */
export function until<T>(probe: () => T, { subscribe, within = 10_000 }: UntilOptions): Promise<Truthy<T>> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      unsubscribe()
      settle()
    }
    const check = () => {
      try {
        const found = probe()
        if (found) end(() => resolve(found as Truthy<T>))
      } catch (error) {
        end(() => reject(error))
      }
    }
    const tooLate = new Error(`unable to go on; not seen within ${within} ms: ${probe}`)
    const timer = setTimeout(() => end(() => reject(tooLate)), within)
    let unsubscribe = () => {}
    unsubscribe = subscribe(check)
    check()
  })
}
