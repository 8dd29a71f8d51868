import type { ChatMessage, ChatTask, Conversation } from 'reconvene'

/** The actions of a message's buttons. One stable object, so that messages which did not change do not render again. */
export interface MessageActions {
  edit(message: ChatMessage, text: string): void
  regenerate(messageId: string): void
  respondToApproval(toolCallId: string, approved: boolean): void
  answerTool(toolCallId: string, output: string): void
  retry(taskId: string): void
  retryNow(taskId: string): void
  cancel(taskId: string): void
  discard(taskId: string): void
}

type ConversationActions = Pick<
  Conversation,
  | 'sendMessage'
  | 'editMessage'
  | 'regenerate'
  | 'respondToApproval'
  | 'addToolOutput'
  | 'retry'
  | 'retryNow'
  | 'stop'
  | 'discard'
>

/** The buttons' actions in terms of the conversation's. `record` is told of each task that they make. */
export const messageActions = (
  conversation: ConversationActions,
  record: (task: ChatTask) => void,
): MessageActions => ({
  edit({ id, status, taskId }, text) {
    // A message that the server never had can't be edited there; it is replaced here.
    const replaced = status === 'failed' && taskId !== undefined && conversation.discard(taskId)
    record(replaced ? conversation.sendMessage(text) : conversation.editMessage(id, text))
  },
  regenerate: (messageId) => record(conversation.regenerate({ messageId })),
  respondToApproval: (toolCallId, approved) =>
    record(conversation.respondToApproval({ toolCallId, approved })),
  answerTool: (toolCallId, output) => record(conversation.addToolOutput({ toolCallId, output })),
  retry: (taskId) => record(conversation.retry(taskId)),
  retryNow: (taskId) => void conversation.retryNow(taskId),
  cancel: (taskId) => void conversation.stop(taskId),
  discard: (taskId) => void conversation.discard(taskId),
})
