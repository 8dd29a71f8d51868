import { isUnsettled, type OutgoingTasks } from '../delivery/outgoing-task.js'
import type { LogState } from '../event-log/log-state.js'
import type { ChatMessage } from '../message/message.js'

/** The task that a stop without an id means: the one that is running, else the one sent last. */
export function taskToStop({ tasks }: LogState, local: OutgoingTasks): string | undefined {
  const logged = [...tasks.values()]
  return (
    logged.find(({ state }) => state === 'running') ??
    local.findLast(isUnsettled) ??
    logged.findLast(({ state }) => state === 'queued')
  )?.taskId
}

/**
 * The answer that a regeneration without an id means: the last one, unless something was asked after it. While that answer is
 * being given anew, the same one again.
 */
export function answerToRegenerate(
  messages: readonly ChatMessage[],
  local: OutgoingTasks,
): string | undefined {
  const { input } = local.findLast(({ phase, stopping }) => phase !== 'failed' && !stopping) ?? {}
  if (input?.kind === 'regenerate') return input.message_id
  const last = messages.findLast(({ role }) => role !== 'system')
  return last?.role === 'assistant' ? last.id : undefined
}

/** The task that a retry without an id means: the last one that is shown as failed, else one that shows nothing. */
export function taskToRetry(messages: readonly ChatMessage[], local: OutgoingTasks): string | undefined {
  const shown = messages.findLast(({ status }) => status === 'failed')
  return shown?.taskId ?? local.findLast((task) => !isUnsettled(task))?.taskId
}
