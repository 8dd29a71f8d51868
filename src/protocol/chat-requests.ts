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
 * Asked as the request is about to leave, which may be a while after it was made. If the answer is no, the request does not
 * leave, and rejects with `cancelled`.
 */
export type IsWanted = () => boolean

/**
 * The server as a conversation sees it: requests with typed answers. If the server is idempotent, each is safe to repeat.
 * A request rejects with an AppError: the server's refusal, `timeout`, `ConnectionLost`, or `interrupted` if the request has probably
 * ended too many connections.
 */
export interface ChatRequests {
  join(request: JoinRequest, isWanted?: IsWanted): Promise<JoinAnswer & Skipped>
  send(request: SendRequest, isWanted?: IsWanted): Promise<SendAnswer>
  retry(request: RetryRequest, isWanted?: IsWanted): Promise<SendAnswer>
  stop(request: StopRequest, isWanted?: IsWanted): Promise<StopAnswer>
  history(request: HistoryRequest): Promise<HistoryAnswer & Skipped>
  /**
   * Whether the server recognises a task id, so that a request may be repeated. If not, a request that has left must not be
   * sent again by a later page.
   */
  readonly isIdempotent: boolean
  leave(conversationId: string): Promise<void>
}
