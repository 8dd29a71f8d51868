import type {
  RetryRequest,
  SendAnswer,
  SendRequest,
  StopAnswer,
  StopRequest,
  WireMessage,
} from '../../protocol/events.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import { acceptStep, repeatStep, retryStep, stopStep } from '../conversation/decisions.js'
import { isOpen, type TaskRecord, userOf } from '../conversation/task-record.js'
import type { Limits } from '../limits.js'
import { refusals } from '../refusals.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { Appended } from './decide.js'
import type { Decider } from './decider.js'
import type { Replica } from './replica.js'
import { storedInput } from './stored-input.js'

/** The sender, as far as the core needs to know. */
export interface Sender {
  /** Stored with the task. */
  readonly user: unknown
  /** Shown with the message. Absent if users do not sign in. */
  readonly author?: WireMessage['author']
  /** Counts something new. @throws AppError `rate_limited` */
  readonly admit?: () => void
}

export interface TaskRequestsOptions {
  readonly decider: Decider
  readonly limits: Limits
  /** Lets the next task of the conversation begin. */
  readonly wake: (key: ConversationKey) => void
}

/** A person's requests about tasks: send, retry and stop, within the limits of a conversation. */
export class TaskRequests {
  readonly #options: TaskRequestsOptions

  constructor(options: TaskRequestsOptions) {
    this.#options = options
  }

  /** @throws AppError `message_too_large`, `task_conflict`, `unknown_message`, `invalid_message`, `overloaded`, `rate_limited`. */
  async send(key: ConversationKey, sender: Sender, request: SendRequest): Promise<SendAnswer> {
    const { task_id: taskId, input } = request
    const { limits } = this.#options
    const bytes = Buffer.byteLength(JSON.stringify(input))
    if (bytes > limits.messageBytes) throw refusals.messageTooLarge(bytes, limits.messageBytes)
    const stored = storedInput(input, sender.author)
    const admit = once(sender.admit)
    const answer = await this.#options.decider.decide<SendAnswer>(
      key,
      { taskIds: [taskId] },
      (replica, state) => {
        const known = state.tasks.get(taskId)
        const situation = this.#options.decider.situation(replica, state)
        // The store compares the inputs.
        if (known) return { step: repeatStep(situation, known, input), answer: acceptedAnswer }
        this.#checkRoom(replica, state, bytes)
        admit()
        const step = acceptStep(situation, taskId, { input, stored, user: sender.user })
        return { step, answer: acceptedAnswer }
      },
    )
    this.#options.wake(key)
    return answer
  }

  /** @throws AppError `unknown_task`, `rate_limited`. */
  async retry(
    key: ConversationKey,
    { admit: count }: Pick<Sender, 'admit'>,
    request: RetryRequest,
  ): Promise<SendAnswer> {
    const { task_id: taskId, attempt } = request
    const admit = once(count)
    const answer = await this.#options.decider.decide<SendAnswer>(
      key,
      { taskIds: [taskId], looksFirst: true },
      (replica, state) => {
        const task = state.tasks.get(taskId)
        if (!task) throw refusals.unknownTask()
        const isNew = task.state === 'failed' && attempt > task.attempt && task.retry === undefined
        const { epoch, end: offset } = state
        if (!isNew)
          return { answer: () => ({ ok: true, epoch, offset, duplicate: true, ...standing(task) }) as const }
        admit()
        const next = task.attempt + 1
        return {
          step: retryStep(this.#options.decider.situation(replica, state), task),
          answer: ({ position }) =>
            ({ ok: true, ...placeOf(position), duplicate: false, attempt: next, state: 'queued' }) as const,
        }
      },
    )
    this.#options.wake(key)
    return answer
  }

  /** Ends the task in whatever state it is; one that is not known yet is stopped before it comes. */
  stop(key: ConversationKey, { task_id: taskId }: Pick<StopRequest, 'task_id'>): Promise<StopAnswer> {
    return this.#options.decider.decide<StopAnswer>(
      key,
      { taskIds: [taskId], looksFirst: true },
      (replica, state) => {
        const task = state.tasks.get(taskId)
        const { epoch, end: offset } = state
        if (task && !isOpen(task))
          return { answer: () => ({ ok: true, epoch, offset, stopped: task.state === 'stopped' }) as const }
        if (!task && replica.usage.tombstones >= this.#options.limits.tombstonesPerConversation)
          throw refusals.full('the conversation has too many stops of unknown tasks')
        // It would begin a conversation, as a message does.
        if (!task) this.#checkScope(replica)
        return {
          step: stopStep(this.#options.decider.situation(replica, state), taskId),
          answer: ({ position }) => ({ ok: true, ...placeOf(position), stopped: true }) as const,
        }
      },
    )
  }

  /** Ends what runs for a user in a conversation, and what waits: that first, or it would run next. */
  async stopUser(key: ConversationKey, userId: string): Promise<void> {
    const tasks = await this.#options.decider.tasksToRun(key)
    const own = tasks.filter((task) => userOf(task) === userId)
    for (const { taskId } of own.toSorted((a, b) => Number(isRunning(a)) - Number(isRunning(b))))
      await this.stop(key, { task_id: taskId })
  }

  /** A new conversation needs room. A known conversation has it already. */
  #checkRoom(replica: Replica, state: ConversationState, bytes: number): void {
    const { limits } = this.#options
    const { usage } = replica
    this.#checkScope(replica)
    if (Math.max(usage.bytes, state.size) + bytes > limits.bytesPerConversation)
      throw refusals.full('the conversation has no room left')
    if (queued(state) >= limits.queuedPerConversation)
      throw refusals.overloaded('too many tasks wait in the conversation', 5000)
  }

  #checkScope({ exists, usage }: Replica): void {
    if (!exists && usage.conversationsInScope >= this.#options.limits.conversationsPerScope)
      throw refusals.full('the scope has too many conversations')
  }
}

const isRunning = ({ state }: TaskRecord) => state === 'running'

const queued = ({ tasks }: ConversationState): number => {
  let count = 0
  for (const task of tasks.open()) if (task.state === 'queued' || task.retry !== undefined) count += 1
  return count
}

const placeOf = ({ epoch, end: offset }: { readonly epoch: string; readonly end: number }) => ({
  epoch,
  offset,
})

/** How a task stands, as a client is told. */
const standing = ({ state, attempt, retry }: Pick<TaskRecord, 'state' | 'attempt' | 'retry'>) =>
  retry === undefined ? { attempt, state } : { attempt: retry, state: 'queued' as const }

function acceptedAnswer(appended: Appended): SendAnswer {
  const { epoch } = appended.position
  if (appended.result === 'ok')
    return { ok: true, epoch, offset: appended.last, duplicate: false, attempt: 1, state: 'queued' }
  if (!appended.sameInput) throw refusals.taskConflict('the task has another input already')
  return { ok: true, epoch, offset: appended.task.storedAt, duplicate: true, ...standing(appended.task) }
}

function once(count: (() => void) | undefined): () => void {
  let isCounted = false
  return () => {
    if (isCounted) return
    count?.()
    isCounted = true
  }
}
