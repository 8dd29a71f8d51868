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
 * The server as a conversation sees it: requests with typed answers. If the server is idempotent, each is safe to repeat.
 * A request rejects with an AppError: the server's refusal, `timeout`, or `ConnectionLost`.
 */
export interface ChatRequests {
  join(request: JoinRequest): Promise<JoinAnswer & Skipped>
  send(request: SendRequest): Promise<SendAnswer>
  retry(request: RetryRequest): Promise<SendAnswer>
  stop(request: StopRequest): Promise<StopAnswer>
  history(request: HistoryRequest): Promise<HistoryAnswer & Skipped>
  /**
   * Whether the server recognises a task id, so that a request may be repeated. If not, a request that has left must not be
   * sent again by a later page.
   */
  readonly isIdempotent: boolean
  leave(conversationId: string): Promise<void>
}
