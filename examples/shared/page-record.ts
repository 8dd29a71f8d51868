import { type ChatClient, type ChatTask, isAppError } from 'reconvene'
import { addEntry, type TimelineEntry, type TimelineEvent } from './timeline.js'

export interface PageRecordSnapshot {
  /** Newest first. */
  readonly entries: readonly TimelineEntry[]
  /** The ids of this page's tasks that the server does not have: their messages can be taken off the screen. */
  readonly undelivered: ReadonlySet<string>
}

/** The events on this page, as an immutable store that React and plain TypeScript both read. */
export class PageRecord {
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #snapshot: PageRecordSnapshot = { entries: [], undelivered: new Set() }

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  readonly getSnapshot = () => this.#snapshot

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  add(event: TimelineEvent) {
    this.#change({ entries: addEntry(this.#snapshot.entries, event, this.#now()) })
  }

  /** Writes down what the client reports. */
  follow(client: Pick<ChatClient, 'on'>) {
    client.on('connection', ({ status }) => this.add({ kind: 'connection', status }))
    client.on('retry', ({ retryState: { attempt, maxAttempts, error } }) =>
      this.add({ kind: 'retry', attempt, maxAttempts, code: error.code }),
    )
    client.on('error', ({ error }) => this.add({ kind: 'error', code: error.code }))
    client.on('discontinuity', () => this.add({ kind: 'discontinuity' }))
  }

  /** Writes down how one task goes on. */
  followTask({ id, accepted, finished }: ChatTask) {
    this.add({ kind: 'sent' })
    let delivered = false
    accepted.then(
      () => {
        delivered = true
        this.#setUndelivered(id, false)
        this.add({ kind: 'accepted' })
      },
      (error: unknown) => {
        this.#setUndelivered(id, true)
        this.add({ kind: 'refused', code: codeOf(error) })
      },
    )
    finished.then(
      () => this.add({ kind: 'finished' }),
      // A refusal was written down above; once is enough.
      (error: unknown) => delivered && this.add({ kind: 'ended', code: codeOf(error) }),
    )
  }

  #setUndelivered(taskId: string, undelivered: boolean) {
    if (this.#snapshot.undelivered.has(taskId) === undelivered) return
    const next = new Set(this.#snapshot.undelivered)
    if (undelivered) next.add(taskId)
    else next.delete(taskId)
    this.#change({ undelivered: next })
  }

  #change(change: Partial<PageRecordSnapshot>) {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }
}

const codeOf = (error: unknown) => (isAppError(error) ? error.code : 'unknown')
