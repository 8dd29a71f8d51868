import { checkLogs } from './check-log.js'
import { checkDiscontinuities, checkPages } from './check-pages.js'
import { checkRequests } from './check-requests.js'
import { checkTasks } from './check-tasks.js'
import type { Violation, WorldRecord } from './record.js'

/**
 * Every promise that was broken in a world. Judges by what was recorded alone, and shares no code with the client or
 * the server.
 */
export function check(record: WorldRecord, words: number): Violation[] {
  return [
    ...checkLogs(record, words),
    ...checkPages(record),
    ...checkDiscontinuities(record),
    ...checkTasks(record, words),
    ...checkRequests(record),
  ]
}
