import type { Skipped } from './decode.js'
import type {
  HistoryAnswer,
  HistoryRequest,
  JoinAnswer,
  JoinRequest,
  RetryRequest,
  SendAnswer,
  SendRequest,
  StopAnswer,
  StopRequest,
} from './events.js'

/**
 * The server as a conversation sees it: requests with typed answers. Every one of them is safe to repeat. They reject
 * with an AppError: what the server refused with, `timeout`, or `ConnectionLost`.
 */
export interface ChatServer {
  join(request: JoinRequest): Promise<JoinAnswer & Skipped>
  send(request: SendRequest): Promise<SendAnswer>
  retry(request: RetryRequest): Promise<SendAnswer>
  stop(request: StopRequest): Promise<StopAnswer>
  history(request: HistoryRequest): Promise<HistoryAnswer & Skipped>
  /** Whether what is sent twice is stored twice: what left must not be sent by a later page. @default false */
  readonly isForgetful?: boolean
  leave(conversationId: string): Promise<void>
}
