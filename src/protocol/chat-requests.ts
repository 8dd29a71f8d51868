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

/** How a request leaves. */
export interface RequestManner {
  /**
   * Connections that were lost while this request was unanswered. If there are any, the request leaves alone; if the request has
   * probably ended too many of them, it rejects with `interrupted`. @default none
   */
  readonly losses?: { readonly total: number; readonly likely: number }
  /**
   * Asked as the request is about to leave, which may be a while after it was made. If the answer is no, the request does not
   * leave, and rejects with `cancelled`. @default () => true
   */
  readonly isWanted?: () => boolean
}

/**
 * The server as a conversation sees it: requests with typed answers. If the server is idempotent, each is safe to repeat.
 * A request rejects with an AppError: the server's refusal, `timeout`, or `ConnectionLost`.
 */
export interface ChatRequests {
  join(request: JoinRequest, manner?: RequestManner): Promise<JoinAnswer & Skipped>
  send(request: SendRequest, manner?: RequestManner): Promise<SendAnswer>
  retry(request: RetryRequest, manner?: RequestManner): Promise<SendAnswer>
  stop(request: StopRequest, manner?: RequestManner): Promise<StopAnswer>
  history(request: HistoryRequest): Promise<HistoryAnswer & Skipped>
  /**
   * Whether the server recognises a task id, so that a request may be repeated. If not, a request that has left must not be
   * sent again by a later page.
   */
  readonly isIdempotent: boolean
  leave(conversationId: string): Promise<void>
}
