import { ConnectionLost } from '../connection/requests.js'
import { isReadTo, type ReadLog } from '../conversation/task-in-log.js'
import type { Operation } from '../recovery/execute-options.js'
import { abortable } from '../shared/abort.js'
import type { Condition } from '../shared/condition.js'
import type { ChatServer } from './chat-server.js'

export interface StopFacts {
  readonly conversationId: string
  readonly server: ChatServer
  /** Notified whenever an answer below may have changed. */
  readonly changes: Condition
  readonly log: ReadLog
  /** @throws AppError when the log can't be had. */
  isSynced(): boolean
}

/**
 * Asks the server to end a task, over as many connections as that takes. The log decides how the task has ended, so the
 * stop is over when the log has been read as far as the answer said.
 */
export function stopTask(taskId: string, { server, changes, log, ...facts }: StopFacts): Operation<void> {
  const request = { conversation_id: facts.conversationId, task_id: taskId }
  return async ({ signal }) => {
    for (;;) {
      await changes.until(() => facts.isSynced() || undefined, signal)
      try {
        const answer = await abortable(server.stop(request), signal)
        const { asked } = log
        await changes.until(() => isReadTo(log, answer, asked) || undefined, signal)
        return
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
    }
  }
}
