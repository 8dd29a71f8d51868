import { ConnectionLost } from '../errors/connection-lost.js'
import type { Operation } from '../recovery/execute-options.js'
import { abortable } from '../shared/abort.js'
import type { DeliveryOptions } from './outbox-options.js'
import { isReadTo } from './task-in-log.js'

/**
 * Asks the server to end a task, over as many connections as that takes. The log decides how the task has ended, so the
 * stop is over when the log has been read as far as the answer said.
 */
export function stopTask(taskId: string, options: DeliveryOptions): Operation<void> {
  const { conversationId, server, changes, log } = options
  const request = { conversation_id: conversationId, task_id: taskId }
  return async ({ signal }) => {
    for (;;) {
      await changes.waitFor(() => log.isSynced() || undefined, signal)
      try {
        const answer = await abortable(server.stop(request), signal)
        const { joinsRequested } = log
        // Of the two logs only the server knows which one there is, and perhaps no push of the other one ever comes.
        if (answer.epoch !== log.cursor?.epoch) log.sync()
        await changes.waitFor(() => isReadTo(log, answer, joinsRequested) || undefined, signal)
        return
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
    }
  }
}
