import type { ConversationState } from '../conversation/conversation-state.js'
import { shownMessages } from '../conversation/to-chat-message.js'
import { callIdsBeside, callsToRun, type ToolCall } from '../conversation/tool-calls.js'
import type { ChatUser, RespondRequest } from '../respond.js'
import { FencedError } from './decide.js'
import type { Replica } from './replica.js'
import type { RunLog } from './run-log.js'

export interface RunRequest {
  readonly request: Omit<RespondRequest, 'signal' | 'broadcast'>
  /** Calls of earlier answers that this one may go on with. */
  readonly calls: readonly ToolCall[]
  /** Ids that calls of other answers have, once they are asked for. */
  readonly takenCallIds: () => ReadonlySet<string>
}

/** The request for the responder, from the conversation as it stands. @throws FencedError if the attempt is over. */
export function runRequest(
  log: RunLog,
  { scope, conversationId }: Pick<Replica, 'scope' | 'conversationId'>,
  state: ConversationState,
): RunRequest {
  const { task, attempt, messageId } = log
  const index = state.messages.indexOf(messageId)
  if (!log.isCurrent(state) || index < 0) throw new FencedError()
  const { input = null, user, taskId } = task
  const calls = callsToRun(state, task)
  const messages = shownMessages(state, index, calls)
  return {
    request: {
      // Copies: the log's own would be another attempt's, and the page's.
      user: input ? copyOf(user as ChatUser) : null,
      scope,
      conversationId,
      taskId,
      attempt,
      input: copyOf(input),
      messages,
    },
    calls,
    takenCallIds: () => callIdsBeside(state, messageId),
  }
}

/** Of JSON: both are stored with the task, and another process would have them from there. */
const copyOf = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)))
