export {
  AppError,
  type ErrorAction,
  ErrorCategory,
  type ErrorCode,
  redact,
  translateError,
  UnauthorizedError,
} from '../errors/index.js'
export type { ChatMessage, ChatPart } from '../message/message.js'
export { messageText } from '../message/message.js'
export type {
  AnswerChunk,
  BroadcastChunk,
  DataChunk,
  FileChunk,
  FinishChunk,
  MetadataChunk,
  Private,
  SourceChunk,
  TextChunk,
  ToolChunk,
} from './answer-chunk.js'
export {
  type AnswerRequest,
  type BroadcastRequest,
  ChatServer,
  type ConversationName,
  type PostRequest,
  type ServerStats,
} from './chat-server.js'
export { CheckpointerCache, type CheckpointerCacheOptions } from './checkpointer-cache.js'
export type { Retention } from './engine/core-options.js'
export { defaultLimits, type LimitOptions, type Limits } from './limits.js'
export * from './redis/index.js'
export type { ChatUser, Respond, RespondRequest, UserWithId } from './respond.js'
export { defaultRetryPolicy, type RetryPolicy, type RetryPolicyOptions } from './retry-policy.js'
export type { ChatServerOptions, FilesOptions } from './server-options.js'
export type { Access, AccessRequest, Action } from './socket/access.js'
export type { Authenticate, Authenticated, AuthenticateRequest, Handshake } from './socket/authenticate.js'
export type { InterceptedPush, InterceptedRequest, Interceptor } from './socket/interceptor.js'
export * from './store/index.js'
export { withRetry } from './with-retry.js'
