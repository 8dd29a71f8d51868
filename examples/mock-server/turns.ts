import { AppError } from '../../src/errors/app-error.js'
import { delay } from '../../src/shared/delay.js'
import type { ConversationKey } from './conversation-key.js'
import type { ConversationState, TaskRecord } from './conversation-state.js'
import type { OpenConversation } from './conversation-store.js'
import { toErrorBody } from './error-event.js'
import { failureFields } from './failure-fields.js'
import type { NewEvent } from './new-event.js'
import type { WaitingRetries } from './snapshot.js'
import { TaskRun, type TaskRunOptions } from './task-run.js'
import { endCalls, resumeCall } from './tool-calls.js'

interface Turn {
  readonly task: TaskRecord
  readonly attempt: number
}

/** The first task in log order that has something to run: its first attempt, or a retry that was asked for. */
export function nextTurn({ tasks }: ConversationState, retries: WaitingRetries): Turn | undefined {
  for (const task of tasks.values()) {
    if (task.state === 'queued') return { task, attempt: task.attempt }
    const attempt = task.state === 'failed' ? retries.get(task.task_id) : undefined
    if (attempt !== undefined) return { task, attempt }
  }
  return undefined
}

interface ActiveRun {
  readonly run: TaskRun
  readonly over: Promise<void>
}

/** Who runs when: one task at a time in each conversation. */
export class Turns {
  readonly #options: TaskRunOptions
  readonly #active = new Map<ConversationKey, ActiveRun>()
  // Not in the log, so lost with the process; the client then sees its task failed as before, and asks again.
  readonly #retries = new Map<ConversationKey, Map<string, number>>()
  #closed = false

  constructor(options: TaskRunOptions) {
    this.#options = options
  }

  /** The attempts of failed tasks that wait for their turn. */
  retriesOf({ key, state }: OpenConversation): WaitingRetries {
    const retries = this.#retries.get(key)
    if (!retries) return new Map()
    for (const [taskId, attempt] of retries) {
      const task = state.tasks.get(taskId)
      // Over, under way, or failed again: what was asked for has been done.
      if (task?.state !== 'failed' || task.attempt >= attempt) retries.delete(taskId)
    }
    if (retries.size === 0) this.#retries.delete(key)
    return retries
  }

  addRetry(key: ConversationKey, taskId: string, attempt: number) {
    const retries = this.#retries.get(key) ?? new Map<string, number>()
    this.#retries.set(key, retries.set(taskId, attempt))
    this.advance(key)
  }

  /** Lets the next task begin, if none runs. */
  advance(key: ConversationKey) {
    if (this.#closed || this.#active.has(key)) return
    const { store, logger } = this.#options
    store
      .use(key, (conversation) => this.#begin(conversation))
      .catch((error) => logger.error('task could not begin', failureFields(error)))
  }

  /** Ends the run whose task the log has ended: a stop, or a truncate of what it answers. */
  abortEnded({ key, state }: OpenConversation) {
    const active = this.#active.get(key)
    if (active && !active.run.isCurrent(state)) active.run.abort()
  }

  /** A task that the log has as running, and nobody runs, was cut off when a process ended. */
  async endInterrupted({ key, state, store }: OpenConversation) {
    if (this.#active.has(key)) return
    for (const task of state.tasks.values())
      if (task.state === 'running') await store({ events: interrupted(state, task) })
  }

  /** Lets what runs finish within `drainMs` milliseconds, and ends the rest as interrupted. Nothing begins any more. */
  async close(drainMs: number) {
    this.#closed = true
    const { store, clock } = this.#options
    const timer = new AbortController()
    const allOver = Promise.all([...this.#active.values()].map(({ over }) => over))
    await Promise.race([allOver, delay(drainMs, { clock, signal: timer.signal })])
    timer.abort()
    const rest = [...this.#active.keys()]
    this.abandon()
    await Promise.all(rest.map((key) => store.use(key, (conversation) => this.endInterrupted(conversation))))
  }

  /** Leaves everything as a crash would: the log is not told. */
  abandon() {
    this.#closed = true
    for (const { run } of this.#active.values()) run.abort()
    this.#active.clear()
  }

  async #begin(conversation: OpenConversation) {
    const { key, state } = conversation
    if (this.#closed || this.#active.has(key)) return
    await this.endInterrupted(conversation)
    const turn = nextTurn(state, this.retriesOf(conversation))
    if (!turn) return
    const run = new TaskRun(key, turn.task, turn.attempt, this.#options)
    await conversation.store({ events: [run.startEvent, ...resumeCall(state, turn.task)] })
    // Closed meanwhile: the next start finds the task running in the log, and ends it as interrupted.
    if (this.#closed) return
    const over = run.run().then(() => {
      this.#active.delete(key)
      this.advance(key)
    })
    this.#active.set(key, { run, over })
  }
}

function interrupted(state: ConversationState, { task_id, attempt, message_id }: TaskRecord): NewEvent[] {
  const error = new AppError({
    code: 'interrupted',
    message: 'unable to finish the answer; the server stopped',
  })
  const answer = message_id === undefined ? {} : { message_id }
  return [...endCalls(state, task_id, 'interrupted'), { ...toErrorBody(error), task_id, attempt, ...answer }]
}
