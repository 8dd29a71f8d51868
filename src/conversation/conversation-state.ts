import type { OutgoingTask, OutgoingTasks } from '../delivery/outgoing-task.js'
import { isCallOf, isInLog, type ToolInput } from '../delivery/task-in-log.js'
import type { AppError } from '../errors/app-error.js'
import { emptyLog, type LoggedTask, type LogState, withStatus } from '../event-log/log-state.js'
import { indexOfMessage, listOf, messageById, toArray } from '../event-log/message-list.js'
import type { ChatMessage, MessageStatus, RetryState, ToolPart } from '../message/message.js'
import { messageFromWire } from '../message/wire-message.js'
import { withoutHalfCharacters } from './half-character.js'

/**
 * `ready`: nothing is under way, though messages may have failed. `submitted`: something is on its way or waits for its
 * turn. `streaming`: an answer is arriving. `error`: nothing is under way, and {@link ConversationSnapshot.error} says what
 * failed last.
 */
export type ConversationStatus = 'ready' | 'submitted' | 'streaming' | 'error'

/** Something that was shown is gone, or something was skipped, and nothing in the log explains it. */
export interface Discontinuity {
  readonly reason: 'vanished' | 'skipped'
  /** How many messages or events are concerned. */
  readonly count: number
  /** How many messages the conversation still shows. */
  readonly kept: number
}

/** The state that a page shows. Immutable; messages that did not change are the same objects as before. */
export interface ConversationSnapshot {
  readonly id: string
  /** In the log's order; behind them, in theirs, those that the server does not have (yet). */
  readonly messages: readonly ChatMessage[]
  readonly status: ConversationStatus
  /**
   * Whether the server has not answered yet what there is: no messages then means "not loaded", and later "empty". False
   * once the first join was answered or refused.
   */
  readonly isLoading: boolean
  /**
   * The failure or refusal that was told last, until the next action or `clearError()`, also while something else is under
   * way. The connection's own failures are not here, but in `client.getSnapshot().connection`: unsent messages wait for it.
   */
  readonly error: AppError | null
  /** The next attempt that is waited for, of this client's tasks or of the server's own; null while there is none. */
  readonly retryState: RetryState | null
  /** Whether the server has messages before the first one here; `loadOlder()` fetches them. */
  readonly hasOlder: boolean
  readonly discontinuity: Discontinuity | null
}

export interface ConversationState {
  readonly log: LogState
  readonly local: OutgoingTasks
  readonly error: AppError | null
  readonly discontinuity: Discontinuity | null
  readonly isLoading: boolean
}

/** The snapshot: the fold of the log plus the overlay of the intents that the log does not show yet. Pure. */
export function snapshotOf(id: string, state: ConversationState): ConversationSnapshot {
  const retryState = currentRetry(state)
  const status = currentStatus(state)
  return {
    id,
    messages: withoutHalfCharacters(overlay(state.log, state.local), state.log),
    status,
    isLoading: state.isLoading,
    error: state.error,
    retryState,
    hasOlder: state.log.hasOlder,
    discontinuity: state.discontinuity,
  }
}

/** The snapshot of a conversation of which nothing is known yet. */
export const emptySnapshot = (id: string): ConversationSnapshot =>
  snapshotOf(id, { log: emptyLog, local: [], error: null, discontinuity: null, isLoading: true })

function currentRetry({ log, local }: ConversationState): RetryState | null {
  for (const task of local) if (task.retry) return task.retry
  for (const { serverRetry } of log.tasks.values()) if (serverRetry) return serverRetry
  return null
}

function currentStatus({ log, local, error }: ConversationState): ConversationStatus {
  let busy = local.some((task) => task.phase !== 'failed')
  for (const task of log.tasks.values()) {
    if (task.state === 'running' && isStreaming(log, task)) return 'streaming'
    if (task.state !== 'failed') busy = true
  }
  if (busy) return 'submitted'
  return error ? 'error' : 'ready'
}

function isStreaming(log: LogState, { messageId }: LoggedTask): boolean {
  const answer = messageById(log.messages, messageId)
  return answer?.status === 'streaming' && answer.parts.length > 0
}

/** The log without the messages that the intents hide: what is edited or answered anew, and what follows it. */
export function withoutHidden(log: LogState, local: OutgoingTasks): LogState {
  const shown = overlay(log, local).filter(({ id }) => indexOfMessage(log.messages, id) >= 0)
  return { ...log, messages: listOf(shown) }
}

function overlay(log: LogState, local: OutgoingTasks): readonly ChatMessage[] {
  let messages = toArray(log.messages)
  for (const task of local) {
    messages = isInLog(log, task) ? overrideLogged(messages, task, log) : showIntent(messages, task)
  }
  return messages
}

/** While this client is about to try again, or to stop, its task's messages say so instead of `failed` or `streaming`. */
function overrideLogged(
  messages: readonly ChatMessage[],
  task: OutgoingTask,
  log: LogState,
): readonly ChatMessage[] {
  const logged = log.tasks.get(task.taskId)
  const again = logged?.state === 'failed' && task.phase !== 'failed'
  if (!again && !task.stopping) return messages
  return messages.map((message) => {
    if (message.taskId !== task.taskId) return message
    if (message.id === logged?.messageId)
      return delivered(message, task, task.stopping ? 'stopping' : 'streaming')
    if (message.role !== 'user' || !again) return message
    if (task.stopping) return delivered(message, task, 'sent')
    return delivered(message, task, task.retry ? 'retrying' : 'sending')
  })
}

function showIntent(messages: readonly ChatMessage[], task: OutgoingTask): readonly ChatMessage[] {
  const { input } = task
  if (input === null) return messages
  const failed = task.phase === 'failed'
  switch (input.kind) {
    case 'message':
      return [...messages, intended(input.message, task)]
    // The edited message may itself still be on its way, so it is looked up among the shown messages.
    case 'edit': {
      // The server says who wrote it; until then it is the author of what is edited.
      const author = messages.find(({ id }) => id === input.message_id)?.author
      const edited = intended(author ? { ...input.message, author } : input.message, task, input.message)
      return [...(failed ? messages : before(messages, input.message_id)), edited]
    }
    case 'regenerate':
      return failed ? messages : before(messages, input.message_id)
    case 'tool':
      return failed ? messages : messages.map((message) => answerTool(message, input, task))
  }
}

function before(messages: readonly ChatMessage[], id: string): readonly ChatMessage[] {
  const index = messages.findLastIndex((message) => message.id === id)
  return index < 0 ? messages : messages.slice(0, index)
}

function answerTool(message: ChatMessage, input: ToolInput, task: OutgoingTask): ChatMessage {
  const isCall = isCallOf(input)
  if (!message.parts.some(isCall)) return message
  return remember(message, task, () => ({
    ...message,
    parts: message.parts.map((part) => (isCall(part) ? { ...part, ...answerOf(input) } : part)),
  }))
}

function answerOf({ output, error, approved, reason }: ToolInput): Partial<ToolPart> {
  const why = reason === undefined ? {} : { reason }
  if (approved !== undefined) return { state: approved ? 'running' : 'denied', ...why }
  return error === undefined ? { state: 'output', output } : { state: 'error', error }
}

type IntendedMessage = Parameters<typeof messageFromWire>[0]

/** A status for each phase of an intent that the log does not show. */
function statusOf(task: OutgoingTask): MessageStatus {
  if (task.stopping) return 'stopping'
  if (task.retry) return 'retrying'
  return task.phase === 'accepted' ? 'sent' : task.phase
}

function intended(wire: IntendedMessage, task: OutgoingTask, source = wire): ChatMessage {
  return remember(source, task, () => {
    const message = messageFromWire(wire, undefined, task.taskId)
    return delivered(message, task, statusOf(task))
  })
}

function delivered(message: ChatMessage, task: OutgoingTask, status: MessageStatus): ChatMessage {
  return remember(message, task, () => {
    const shown = withStatus(message, status, status === 'failed' ? (task.error ?? undefined) : undefined)
    return task.retry ? { ...shown, retryState: task.retry } : shown
  })
}

// The same message and task always give the same object, so that a list can skip its row.
const remembered = new WeakMap<object, { task: OutgoingTask; view: ChatMessage }>()

function remember(source: object, task: OutgoingTask, make: () => ChatMessage): ChatMessage {
  const known = remembered.get(source)
  if (known?.task === task) return known.view
  const view = make()
  remembered.set(source, { task, view })
  return view
}
