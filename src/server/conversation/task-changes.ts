import type { ErrorEvent } from '../../protocol/events.js'
import type { StoredEvent } from '../store/stored-event.js'
import type { MessageList } from './message-list.js'
import { isAbout, isOpen, type TaskRecord, withoutFailure } from './task-record.js'
import type { TaskTable } from './task-table.js'

interface ChangingTasks {
  get(taskId: string): TaskRecord | undefined
  open(): Iterable<TaskRecord>
  set(taskId: string, task: TaskRecord): unknown
}
type Place = { readonly offset: number; readonly at: number }
type EventOf<Type extends StoredEvent['type']> = Extract<StoredEvent, { type: Type }>

/**
 * The tasks as they are after these events, of those that the events change. Nothing changes in place, because a step
 * names its task changes before it is stored.
 *
 * @param messages as they are before the events.
 * @param place of the events; while they have none, the offset is 0.
 */
export function taskChanges(
  tasks: Pick<TaskTable, 'get' | 'open'>,
  events: readonly StoredEvent[],
  messages: MessageList,
  place: Place,
): TaskRecord[] {
  // Deltas are nearly all of a log, and change no task.
  if (events.every(({ type }) => type === 'delta' || type === 'retry' || type === 'meta')) return []
  const changed = new Map<string, TaskRecord>()
  const table: ChangingTasks = {
    get: (id) => changed.get(id) ?? tasks.get(id),
    open: () => {
      const before = [...tasks.open()].filter(({ taskId }) => !changed.has(taskId))
      return [...before, ...changed.values()].filter(isOpen)
    },
    set: (id, task) => changed.set(id, task),
  }
  for (const event of events) change(table, event, messages, place)
  return [...changed.values()]
}

function change(tasks: ChangingTasks, event: StoredEvent, messages: MessageList, place: Place): void {
  switch (event.type) {
    case 'message':
      begin(tasks, event.task_id, place, event.message.id)
      // An edit's first event was its truncate; the message is what it answers.
      set(tasks, event.task_id, { inputMessageId: event.message.id })
      break
    case 'truncate':
      truncate(tasks, event, messages, place)
      break
    case 'part':
      begin(tasks, event.task_id, place, event.message_id)
      break
    case 'start': {
      begin(tasks, event.task_id, place)
      const { attempt, message_id: messageId } = event
      set(tasks, event.task_id, { state: 'running', attempt, messageId })
      break
    }
    case 'finish':
      set(tasks, event.task_id, { state: 'finished' })
      break
    case 'stop':
      begin(tasks, event.task_id, place)
      set(tasks, event.task_id, { state: 'stopped' })
      break
    case 'error':
      set(tasks, event.task_id, {
        state: 'failed',
        attempt: event.attempt,
        error: errorOf(event, place),
      })
      break
  }
}

function errorOf({ message_id: _answer, ...error }: EventOf<'error'>, { at }: Place): ErrorEvent {
  return { ...error, timestamp: new Date(at).toISOString() }
}

/** Makes the task at its first event; later ones find it made. */
function begin(tasks: ChangingTasks, taskId: string | undefined, { offset }: Place, inputMessageId?: string) {
  if (taskId === undefined || tasks.get(taskId)) return
  const task: TaskRecord = { taskId, storedAt: offset, state: 'queued', attempt: 1 }
  tasks.set(taskId, inputMessageId === undefined ? task : { ...task, inputMessageId })
}

function set(tasks: ChangingTasks, taskId: string | undefined, to: Partial<TaskRecord>) {
  const task = taskId === undefined ? undefined : tasks.get(taskId)
  if (task) tasks.set(task.taskId, { ...withoutFailure(task), ...to })
}

function truncate(tasks: ChangingTasks, event: EventOf<'truncate'>, messages: MessageList, place: Place) {
  const index = messages.indexOf(event.from_message_id)
  const removed = new Set(index < 0 ? [] : messages.slice(index).map(({ id }) => id))
  for (const task of tasks.open())
    if (isAbout(task, removed)) tasks.set(task.taskId, { ...withoutFailure(task), state: 'stopped' })
  // A regeneration has no message of its own: it answers what stands last now.
  begin(tasks, event.task_id, place, messages.slice(0, index < 0 ? undefined : index).at(-1)?.id)
}
