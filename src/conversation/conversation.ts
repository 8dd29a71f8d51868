import type { ChatTask } from '../delivery/chat-task.js'
import type { ConversationEvents } from './conversation-context.js'
import type { ConversationSnapshot } from './conversation-state.js'
import type { MessageInput } from './intent.js'

export type ToolResult = { readonly toolCallId: string } & (
  | { readonly output: unknown }
  | { readonly error: string }
)

export interface ApprovalResponse {
  readonly toolCallId: string
  readonly approved: boolean
  /** For the model to read. */
  readonly reason?: string | undefined
}

/**
 * One conversation, as `client.conversation(id)` gives it: the server's log of it and this client's intents, as a store
 * that a page reads. Each action shows at once. No action throws. An action that is refused is told in three places: its
 * promises reject with an AppError, the snapshot has the same error, and so has the `error` event. If the action carried a
 * message, `error.details.draft` is that message as the app gave it; reports of the error (`toJSON()`) leave it out.
 *
 * The same decision given twice, by a double click or from two tabs, is one: the same answer to a tool call, a new answer in the
 * place of the same one, the same edit of the same message. The second call's promises end as the first one's, and nothing is
 * shown for it.
 */
export interface Conversation {
  readonly id: string

  /** The same object until something changes. */
  readonly getSnapshot: () => ConversationSnapshot

  /** Connects, joins, and calls `listener` after changes, at most once a frame. @returns the undo, which leaves later. */
  readonly subscribe: (listener: () => void) => () => void

  /**
   * Calls `listener` at each event. Until the undo is called, the client keeps the conversation, even if the app does not.
   *
   * @returns the undo. @throws TypeError if `listener` is not a function.
   */
  on<Name extends keyof ConversationEvents>(
    event: Name,
    listener: (payload: ConversationEvents[Name]) => void,
  ): () => void

  /** Sends a person's message, which is in the snapshot at once. A refused one adds nothing and rejects both promises. */
  sendMessage(message: string | MessageInput): ChatTask

  /**
   * Answers again from `messageId` on, and removes whatever follows it. By default the answer to the last question; if that
   * has no answer (yet), both promises reject with `unknown_message`.
   */
  regenerate(target?: { messageId?: string | undefined }): ChatTask

  /**
   * Replaces the text of a person's message, and removes whatever follows it. Files, data parts and metadata stay: `parts` and
   * `metadata` of a {@link MessageInput} replace them.
   */
  editMessage(messageId: string, message: string | MessageInput): ChatTask

  /** Gives the result, or the error, of a tool call that waits for the app to run it. */
  addToolOutput(result: ToolResult): ChatTask

  /** Gives the person's decision on a tool call that waits for it. */
  respondToApproval(response: ApprovalResponse): ChatTask

  /**
   * Stops a task: by default the one that runs, else the one that was sent last. Resolves when the server has acknowledged
   * the stop, or nothing of the task can reach the server any more.
   */
  stop(taskId?: string): Promise<void>

  /**
   * A person's retry of a failed task, by default the last one. The task keeps its id. If no task has failed, does again what
   * the error in the snapshot is about: joins, loads older messages, or stops. Then `accepted` resolves once that is done, and
   * `finished` rejects with `unknown_task`, since there is no answer to give.
   */
  retry(taskId?: string): ChatTask

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId?: string): boolean

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean

  /**
   * Fetches the page of history before the first message; does nothing if there is none. A call while that goes on joins it.
   *
   * @throws AppError `timeout` if no connection comes back within half a minute, `network` if there was none to begin with,
   * or the error that the server refuses with.
   */
  loadOlder(): Promise<void>

  /** Takes the error and the notice of a discontinuity off the screen. If joining was given up, joins again. */
  clearError(): void
}
