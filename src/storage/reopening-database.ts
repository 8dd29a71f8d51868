import { attempt } from '../shared/attempt.js'

/** A connection to a database, as far as it is opened and closed here. */
interface Closable {
  close(): void
}

// The database was reached, and refused: another connection would not take it either.
const refusals = new Set(['QuotaExceededError', 'ConstraintError', 'DataError', 'DataCloneError'])

/**
 * A database that is opened when it is first used, and opened again if the browser has closed it. Browsers close one
 * without telling (iOS, after a page was in the background) and with an event (another tab's newer version, a person who
 * clears the site's data). An operation that failed on a connection is repeated once on a new one, so each has to be
 * harmless if it is done twice.
 */
export class ReopeningDatabase<Database extends Closable> {
  readonly #connect: (onLost: () => void) => Promise<Database>
  readonly #running = new Set<Promise<unknown>>()
  #opened: Promise<Database> | null = null

  /** @param connect opens the database, and calls `onLost` if this connection must not be used any more */
  constructor(connect: (onLost: () => void) => Promise<Database>) {
    this.#connect = connect
  }

  async run<T>(operation: (database: Database) => Promise<T>): Promise<T> {
    const result = this.#runTwiceAtMost(operation)
    this.#running.add(result)
    try {
      return await result
    } finally {
      this.#running.delete(result)
    }
  }

  /** Closes the connection once the operations that run are over; the next operation opens another one. */
  async close(): Promise<void> {
    const opened = this.#opened
    if (!opened) return
    await Promise.allSettled(this.#running)
    await this.#drop(opened)
  }

  async #runTwiceAtMost<T>(operation: (database: Database) => Promise<T>): Promise<T> {
    const opened = this.#open()
    try {
      return await operation(await opened)
    } catch (error) {
      if (error instanceof Error && refusals.has(error.name)) throw error
      void this.#drop(opened)
      return operation(await this.#open())
    }
  }

  #open(): Promise<Database> {
    if (this.#opened) return this.#opened
    // A page without IndexedDB, or without the right to it, throws.
    const opened: Promise<Database> = attempt(() => this.#connect(() => void this.#drop(opened)))
    this.#opened = opened
    opened.catch(() => this.#drop(opened))
    return opened
  }

  async #drop(opened: Promise<Database>): Promise<void> {
    if (this.#opened === opened) this.#opened = null
    const database = await opened.catch(() => null)
    database?.close()
  }
}
