import { ConnectionLost } from '../errors/connection-lost.js'
import type { Operation } from '../recovery/execute-options.js'
import { abortable } from '../shared/wait.js'
import type { OutboxOptions } from './outbox-options.js'
import { isReadTo } from './task-in-log.js'

// A server that names another log each time must not be asked for ever.
const maxInquiries = 3

/**
 * One attempt to stop a task, over as many connections as needed. The log decides how the task ended, so the stop is over
 * once the log was read as far as the server's answer says.
 */
function stopAttempt(
  { conversationId, server, log, changes }: OutboxOptions,
  taskId: string,
): Operation<void> {
  const request = { conversation_id: conversationId, task_id: taskId }
  return async ({ signal }) => {
    for (let asked = 1; ; ) {
      await changes.waitFor(() => log.isSynced(), signal)
      try {
        const isWanted = () => !signal.aborted
        const answer = await abortable(server.stop(request, isWanted), signal)
        const { joinsRequested } = log
        // Only the server knows which of two logs is current, and the current one may never push anything.
        if (answer.epoch !== log.cursor?.epoch) log.catchUp()
        await changes.waitFor(() => isReadTo(log, answer, joinsRequested), signal)
        // A store that lost its last writes may have lost the stop with them: then the task goes on in the new log.
        const isLost = answer.epoch !== log.cursor?.epoch && log.log.tasks.has(taskId)
        if (!isLost || asked++ >= maxInquiries) return
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
    }
  }
}

/** Asks the server to stop a task, with as many attempts as needed. */
export function stopAtServer(options: OutboxOptions, taskId: string): Promise<void> {
  const { conversationId, manager, closed: signal } = options
  const name = JSON.stringify(['stop', conversationId, taskId])
  return manager.executeWithRetry(name, stopAttempt(options, taskId), {
    scope: 'stop',
    budget: false,
    maxAttempts: Infinity,
    signal,
  })
}
