export { ChatClient } from './chat-client.js'
export type { ChatClientEvents, ClientSnapshot, Reported } from './chat-events.js'
export type { ChatClientOptions, LimitOptions, TimeoutOptions } from './chat-options.js'
export type { Codec, CodecContext, CodecSession } from './codec/codec.js'
export { plainCodec } from './codec/plain-codec.js'
export type {
  Emission,
  PlainAnswerEvent,
  PlainEvent,
  PlainHistory,
  PlainHistoryRequest,
  PlainMapping,
  PlainMessage,
} from './codec/plain-mapping.js'
export type { Connection } from './connection/connection.js'
export type { ConnectionState } from './connection/connection-state.js'
export type { Auth, AuthContext } from './connection/credentials.js'
export type {
  Transport,
  TransportFactory,
  TransportHandlers,
  TransportOptions,
} from './connection/transport.js'
export type { ApprovalResponse, Conversation, ToolResult } from './conversation/conversation.js'
export type { ConversationEvents } from './conversation/conversation-context.js'
export type {
  ConversationSnapshot,
  ConversationStatus,
  Discontinuity,
} from './conversation/conversation-state.js'
export type { MessageInput } from './conversation/intent.js'
export type { ChatTask } from './delivery/chat-task.js'
export {
  AppError,
  type AppErrorOptions,
  type ErrorAction,
  ErrorCategory,
  type ErrorCode,
  isAppError,
  UnauthorizedError,
} from './errors/app-error.js'
export { redact } from './errors/core-redact.js'
export { translateError } from './errors/core-translate-error.js'
export type { TranslateOptions } from './errors/create-translate.js'
export {
  type ChatMessage,
  type ChatPart,
  type DataPart,
  type FilePart,
  type MessageStatus,
  messageText,
  type ReasoningPart,
  type RetryState,
  type SourcePart,
  type TextPart,
  type ToolPart,
  type UserPart,
} from './message/message.js'
export type { ChatRequests } from './protocol/chat-requests.js'
export type { DecodedEvent } from './protocol/decode.js'
export type * from './protocol/events.js'
export { PROTOCOL_VERSION } from './protocol/events.js'
export { backoff, type Jitter, type RetryConfig, type RetryOptions } from './recovery/backoff.js'
export { ErrorRecoveryManager, type ErrorRecoveryOptions } from './recovery/error-recovery-manager.js'
export type {
  AttemptContext,
  ExecuteOptions,
  OnError,
  OnRetry,
  Operation,
} from './recovery/execute-options.js'
export type { RetryBudgetConfig, RetryBudgetOptions } from './recovery/retry-budget.js'
export { isBusyRefusal, type RetryTask } from './recovery/retry-task.js'
export { type Clock, type Random, systemClock, type TimerId } from './shared/clock.js'
export type { LogFields, Logger } from './shared/logger.js'
export type { PageListener, PageSignals } from './shared/page-signals.js'
export type { Schedule } from './shared/schedule.js'
export type { ChatStorage } from './storage/intent-store.js'
