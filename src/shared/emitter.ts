/** Hands an error that an app's callback threw to the page's own error reporting; it must not stop the SDK. */
export function reportError(error: unknown): void {
  globalThis.reportError?.(error)
}

/** Runs an app's callback so that its failure stays its own, be it a throw or a rejection. */
export const guarded =
  <A extends unknown[]>(callback: (...args: A) => unknown): ((...args: A) => void) =>
  (...args) => {
    // The constructor runs the callback at once, and turns what it throws into a rejection.
    new Promise((resolve) => resolve(callback(...args))).catch(reportError)
  }

/** Listeners by event, of which one that throws doesn't silence the others. */
export class Emitter<Events extends object> {
  readonly #entries = new Set<readonly [event: keyof Events, listener: (payload: never) => void]>()

  /** @returns the undo. */
  on<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => void): () => void {
    const entry = [event, guarded(listener)] as const
    this.#entries.add(entry)
    return () => void this.#entries.delete(entry)
  }

  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    for (const [name, listener] of [...this.#entries]) if (name === event) listener(payload as never)
  }

  clear(): void {
    this.#entries.clear()
  }
}
