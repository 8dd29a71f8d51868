import type { ConnectionState } from './connection/connection-state.js'
import type { Discontinuity } from './conversation/conversation-state.js'
import type { AppError } from './errors/app-error.js'
import type { RetryState } from './message/message.js'
import { guarded } from './shared/listeners.js'
import { type LogFields, type Logger, loggerOf } from './shared/logger.js'

/** A conversation's report, with the conversation's id. */
export type Reported<Payload> = { readonly conversationId: string } & Payload

export interface ChatClientEvents {
  /** The connection's state has changed. */
  connection: ConnectionState
  /** A task waits for its next attempt. */
  retry: Reported<{ readonly retryState: RetryState }>
  /** Without a conversation: what concerns them all: a storage that fails, a connection that is refused for good. */
  error: { readonly conversationId?: string; readonly error: AppError }
  /** Something that a conversation showed is gone, or was skipped. */
  discontinuity: Reported<{ readonly discontinuity: Discontinuity }>
  /** A line of the SDK's log, as `logger` gets it. */
  log: { readonly level: keyof Logger; readonly event: string; readonly fields: LogFields }
}

export interface ClientSnapshot {
  readonly connection: ConnectionState
  /** Messages of all conversations that the server has not accepted yet. */
  readonly queued: number
}

/** The app's logger, which tells `onLine` of every line, too. A logger that throws stops nothing. */
export function mirroredLogger(logger: Logger, onLine: (line: ChatClientEvents['log']) => void): Logger {
  return loggerOf((level) => (event, fields = {}) => {
    guarded(() => logger[level](event, fields))()
    onLine({ level, event, fields })
  })
}
