import { checkConnections } from './check-connections.js'
import { checkLogs } from './check-log.js'
import { checkOrigin } from './check-origin.js'
import { checkDiscontinuities, checkPages } from './check-pages.js'
import { checkRequests } from './check-requests.js'
import { checkTasks } from './check-tasks.js'
import type { Violation, WorldRecord } from './record.js'

export interface Expected {
  /** Words of a whole answer. */
  readonly words: number
  /** Messages of a snapshot at most. */
  readonly pageSize: number
}

/**
 * Every promise that was broken in a world. Judges by what was recorded alone, and shares no code with the client or
 * the server.
 */
export function check(record: WorldRecord, { words, pageSize }: Expected): Violation[] {
  return [
    ...checkLogs(record, words),
    ...checkPages(record),
    ...checkDiscontinuities(record, pageSize),
    ...checkTasks(record, words),
    ...checkRequests(record),
    ...checkOrigin(record),
    ...checkConnections(record),
  ]
}
