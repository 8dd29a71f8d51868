import type { ConversationState } from '../conversation/conversation-state.js'
import { setTask } from '../conversation/fold-event.js'
import { keptOf, type TaskRecord } from '../conversation/task-record.js'
import type { TaskTable } from '../conversation/task-table.js'
import type { Step } from '../store/step.js'
import type { StoredConversation } from '../store/store.js'

/** The tasks that a step changes, as the fold keeps them. */
export function recordsOf(step: Step, tasks: Pick<TaskTable, 'get'>, end: number): TaskRecord[] {
  return step.tasks.map((change) => {
    const held = tasks.get(change.taskId)
    const isAccepted = step.kind === 'accept' && step.taskId === change.taskId
    return {
      ...(held?.inputMessageId !== undefined && { inputMessageId: held.inputMessageId }),
      ...keptOf(isAccepted ? step : (held ?? {})),
      storedAt: isAccepted ? end : (held?.storedAt ?? end),
      ...change,
    }
  })
}

/** The store's word on open tasks is whole: events tell neither inputs nor retries that wait. */
export function adoptTasks(state: ConversationState, { tasks, known }: StoredConversation): void {
  const open = new Set(tasks.map(({ taskId }) => taskId))
  for (const { taskId } of [...state.tasks.open()]) state.tasks.delete(taskId)
  for (const taskId of open) state.tasks.delete(taskId)
  for (const task of known) if (!open.has(task.taskId)) state.tasks.set(task.taskId, task)
  for (const task of tasks) setTask(state, task)
}
