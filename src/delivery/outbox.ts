import type { AppError } from '../errors/app-error.js'
import type { ChatEvent, SendInput } from '../protocol/events.js'
import type { LeftIntent } from '../storage/intent-store.js'
import { type ChatTask, createTaskHandle } from './chat-task.js'
import { type EntryOwner, OutboxEntry } from './outbox-entry.js'
import type { OutboxOptions } from './outbox-options.js'
import {
  isAwaited,
  isUnsent,
  isUnsettled,
  newOutgoingTask,
  type OutgoingTask,
  type OutgoingTasks,
  withdrawnTask,
} from './outgoing-task.js'
import { followDone } from './task-end.js'
import { currentId, doneInLog, intentKey, isInLog, statusInLog } from './task-in-log.js'

/** A summary of an outbox's tasks, counted once after each change. */
export interface OutboxLoad {
  /** Tasks that the server does not have yet. */
  readonly unsent: number
  /** Whether the log will say how a task ends. */
  readonly isAwaiting: boolean
  /** Whether something will still happen without a person. */
  readonly isBusy: boolean
  /** Whether a task waits for its next attempt. */
  readonly isWaiting: boolean
}

export const nothingToDo: OutboxLoad = { unsent: 0, isAwaiting: false, isBusy: false, isWaiting: false }

/** The input of a task that carries a person's message. */
export type SentMessage = Extract<SendInput, { message: unknown }>

/**
 * The intents of one conversation, in the order in which the person acted. Each change of a task goes through
 * {@link transition}, and after each one the pump starts whatever is due.
 */
export class Outbox implements EntryOwner {
  readonly #options: OutboxOptions
  #entries = new Map<string, OutboxEntry>()
  #tasks: OutgoingTasks | null = null
  #isStarted = false
  #isLoaded = false
  #isPumping = false
  #load: OutboxLoad = nothingToDo
  #hasChanged = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Looks for the intents that earlier pages left; nothing is sent before. Happens once. */
  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    void Promise.resolve(this.#options.store?.load()).then(() => {
      this.#isLoaded = true
      this.pump()
    })
  }

  /** Takes over another page's intents, ahead of whatever was sent later. Intents that are known already stay as they are. */
  restore(intents: readonly LeftIntent[]): void {
    const { listener } = this.#options
    const fresh = intents
      .filter(({ taskId }) => !this.#entries.has(taskId))
      // The other page may have sent the input: the server recognises its id, or a person has to decide.
      .map(({ taskId, input, createdAt, stopped = false, error }) => {
        const task = { ...newOutgoingTask(taskId, input, createdAt), wasSent: true }
        return this.#newEntry(error ? { ...task, phase: 'failed', error } : { ...task, stopping: stopped })
      })
    const all = [...this.#entries.values()]
    const last = fresh.at(-1)?.task.createdAt ?? ''
    const later = all.findIndex(({ task }) => task.createdAt > last)
    all.splice(later < 0 ? all.length : later, 0, ...fresh)
    this.#entries = new Map(all.map((entry) => [entry.task.taskId, entry]))
    for (const entry of fresh) {
      const { error } = entry.task
      if (error) listener.onError(error)
      else entry.open()
    }
    this.pump()
    this.start()
  }

  get load(): OutboxLoad {
    return this.#load
  }

  /** The same array until something changes. */
  get tasks(): OutgoingTasks {
    this.#tasks ??= [...this.#entries.values()].map(({ task }) => task)
    return this.#tasks
  }

  has(taskId: string): boolean {
    return this.#entries.has(taskId)
  }

  /** The id under which a message stands that may have been edited, here or in the log. */
  currentId(messageId: string): string {
    let id = currentId(this.#options.log.log, messageId)
    for (const { task } of this.#entries.values()) {
      const { input, phase } = task
      if (input?.kind === 'edit' && input.message_id === id && phase !== 'failed') id = input.message.id
    }
    return id
  }

  /** The task of a message that failed before the server had it. */
  findFailed(messageId: string): { taskId: string; input: SentMessage } | undefined {
    for (const { task, isRefused } of this.#entries.values()) {
      const { taskId, input } = task
      if (input && 'message' in input && input.message.id === messageId && isRefused) return { taskId, input }
    }
    return undefined
  }

  /**
   * Takes an intent. If it asks for the same as one that is on its way or done, that one's outcome is this one's too, and
   * nothing is sent.
   */
  enqueue(taskId: string, input: SendInput): ChatTask {
    const key = intentKey(input)
    for (const { task, chatTask } of this.#entries.values()) {
      const mayJoin = task.input && task.phase !== 'failed' && !task.stopping
      if (chatTask && mayJoin && intentKey(task.input) === key) return chatTask
    }
    const done = doneInLog(this.#options.log.log, input)
    if (done) {
      const handle = createTaskHandle(taskId)
      followDone(handle, done, this.#options)
      return handle.task
    }
    // A message that was edited meanwhile stands under another id.
    const sent = input.kind === 'edit' ? { ...input, message_id: this.currentId(input.message_id) } : input
    return this.#add(newOutgoingTask(taskId, sent, this.#now())).open()
  }

  /**
   * A person's retry: of a task that was given up here, or of one that failed in the log, whoever sent it.
   *
   * @returns null if no such task has failed or is being delivered.
   */
  retry(taskId: string): ChatTask | null {
    const logged = this.#options.log.log.tasks.get(taskId)
    const failedAttempt = logged?.state === 'failed' ? logged.attempt : undefined
    const entry = this.#entries.get(taskId)
    if (entry) return entry.retry(this.#now(), failedAttempt)
    if (failedAttempt === undefined) return null
    return this.#add({ ...newOutgoingTask(taskId, null), retriedAttempt: failedAttempt }).open()
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId: string): boolean {
    return this.#entries.get(taskId)?.retryNow() ?? false
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(taskId: string): Promise<void> {
    const entry = this.#entries.get(taskId)
    if (entry) return entry.stop()
    return isInLog(this.#options.log.log, { taskId }) ? this.#withdraw(taskId) : Promise.resolve()
  }

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    const entry = this.#entries.get(taskId)
    if (!entry?.task.input || !entry.isRefused) return false
    entry.remove()
    // The message may have arrived all the same; a discarded one must not come back and run.
    if (entry.task.wasSent) void this.#withdraw(taskId)
    return true
  }

  /**
   * To be called after the log has changed: a task that the log shows is accepted, also without an acknowledgement.
   *
   * @param event the event that was applied; null if the change is of another kind.
   */
  observe(event: ChatEvent | null): void {
    const { cursor } = this.#options.log
    if (cursor === null) return
    const only = this.#load.isWaiting ? undefined : onlyTaskOf(event)
    if (only === undefined) for (const entry of this.#entries.values()) entry.learn(cursor)
    else this.#entries.get(only)?.learn(cursor)
  }

  /** Rejects whatever is open. Stored intents stay for the next page, unless `forget` is given. */
  close(error: AppError, { forget = false } = {}): void {
    const { store } = this.#options
    const open = [...this.#entries.values()]
    if (forget) for (const { task } of open) store?.remove(task.taskId)
    this.#entries.clear()
    this.#tasks = null
    this.#load = nothingToDo
    for (const entry of open) entry.close(error)
  }

  /** Called by an entry of which nothing is shown any more. */
  onRemoved(entry: OutboxEntry): void {
    const { taskId } = entry.task
    if (this.#entries.get(taskId) === entry) this.#entries.delete(taskId)
    this.pump()
  }

  /**
   * Looks at each task and starts what is due, until nothing changes any more. A change that is made meanwhile is looked at
   * in the next round, so no task sees another one half changed.
   */
  pump(): void {
    this.#tasks = null
    this.#hasChanged = true
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.#hasChanged) {
        this.#hasChanged = false
        this.#startDue()
        this.#options.onChange()
        this.#options.changes.notify()
      }
    } finally {
      this.#isPumping = false
    }
  }

  /** One look at each task. The messages of one conversation leave in order, so of the unsent tasks only the first is due. */
  #startDue(): void {
    const load: { -readonly [Field in keyof OutboxLoad]: OutboxLoad[Field] } = { ...nothingToDo }
    for (const entry of this.#entries.values()) {
      const { task } = entry
      const isNext = isUnsent(task) && load.unsent === 0
      entry.start(isNext)
      if (isUnsent(task)) load.unsent++
      load.isAwaiting ||= isAwaited(task)
      load.isBusy ||= isUnsettled(task)
      load.isWaiting ||= task.retry !== null
    }
    this.#load = load
  }

  /** Stops a task that is not, or no longer, one of this client's. */
  #withdraw(taskId: string): Promise<void> {
    const stopped = this.#add(withdrawnTask(taskId)).askToStop()
    this.pump()
    return stopped
  }

  /** Tasks that went with their log are sent again first, since they were accepted before the unsent ones. */
  isTurn(entry: OutboxEntry): boolean {
    if (!this.#isLoaded) return false
    const { log } = this.#options
    for (const other of this.#entries.values()) {
      const { task } = other
      const isLost = () =>
        task.phase === 'accepted' && !task.stopping && statusInLog(log, task).state === 'lost'
      if (isUnsent(task) || isLost()) return other === entry
    }
    return true
  }

  #newEntry(task: OutgoingTask): OutboxEntry {
    return new OutboxEntry(task, this.#options, this)
  }

  #add(task: OutgoingTask): OutboxEntry {
    const entry = this.#newEntry(task)
    this.#entries.set(task.taskId, entry)
    return entry
  }

  #now(): string {
    return new Date(this.#options.env.clock.now()).toISOString()
  }
}

/** The only task that an event can say something new about; undefined if there may be several. */
const onlyTaskOf = (event: ChatEvent | null): string | undefined =>
  event?.type === 'truncate' ? undefined : event?.task_id
