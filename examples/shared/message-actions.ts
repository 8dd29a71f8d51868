/** What a message's buttons do. One stable object, so that messages which did not change do not render again. */
export interface MessageActions {
  edit(messageId: string, text: string): void
  regenerate(messageId: string): void
  respondToApproval(toolCallId: string, approved: boolean): void
  answerTool(toolCallId: string, output: string): void
  retry(taskId: string): void
  retryNow(taskId: string): void
  cancel(taskId: string): void
  discard(taskId: string): void
}
