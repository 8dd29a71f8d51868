import { type ChatClient, type ChatTask, isAppError } from 'reconvene'
import { addEntry, type TimelineEntry, type TimelineEvent } from './timeline.js'

/** What happened on this page, as a store that React and plain TypeScript both read. */
export class TimelineStore {
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #entries: readonly TimelineEntry[] = []

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  readonly getSnapshot = () => this.#entries

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  add(event: TimelineEvent) {
    this.#entries = addEntry(this.#entries, event, this.#now())
    for (const listener of this.#listeners) listener()
  }
}

/** Writes down what the client reports. Returns its own undo. */
export function recordClient(client: Pick<ChatClient, 'on'>, timeline: TimelineStore): () => void {
  const undo = [
    client.on('connection', ({ status }) => timeline.add({ kind: 'connection', status })),
    client.on('retry', ({ retryState: { attempt, maxAttempts, error } }) =>
      timeline.add({ kind: 'retry', attempt, maxAttempts, code: error.code }),
    ),
    client.on('error', ({ error }) => timeline.add({ kind: 'error', code: error.code })),
    client.on('discontinuity', () => timeline.add({ kind: 'discontinuity' })),
  ]
  return () => {
    for (const off of undo) off()
  }
}

/**
 * Writes down how one task goes on, and keeps in `undelivered` the ids of those that the server does not have: their
 * messages can be taken off the screen.
 */
export function recordTask(task: ChatTask, timeline: TimelineStore, undelivered: Set<string>): void {
  timeline.add({ kind: 'sent' })
  let accepted = false
  task.accepted.then(
    () => {
      accepted = true
      undelivered.delete(task.id)
      timeline.add({ kind: 'accepted' })
    },
    (error: unknown) => {
      undelivered.add(task.id)
      timeline.add({ kind: 'refused', code: codeOf(error) })
    },
  )
  task.finished.then(
    () => timeline.add({ kind: 'finished' }),
    // A refusal was written down above; once is enough.
    (error: unknown) => accepted && timeline.add({ kind: 'ended', code: codeOf(error) }),
  )
}

const codeOf = (error: unknown) => (isAppError(error) ? error.code : 'unknown')
