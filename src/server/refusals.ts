import { AppError } from '../errors/app-error.js'

/** Why a request is refused; the code says whether trying again helps. Nothing is stored then. */
export const refusals = {
  invalidMessage: (reason: string, field?: string) =>
    new AppError({
      code: 'invalid_message',
      message: `unable to accept the request; ${reason}`,
      ...(field !== undefined && { details: { fields: [field] } }),
    }),
  messageTooLarge: (bytes: number, limit: number) =>
    new AppError({
      code: 'message_too_large',
      message: `unable to accept the input; it has ${bytes} bytes, the limit is ${limit}`,
    }),
  taskConflict: (reason: string) =>
    new AppError({ code: 'task_conflict', message: `unable to accept the input; ${reason}` }),
  unknownConversation: () =>
    new AppError({ code: 'unknown_conversation', message: 'unable to read; there is no such conversation' }),
  unknownMessage: (reason: string) =>
    new AppError({ code: 'unknown_message', message: `unable to find the message; ${reason}` }),
  unknownTask: () =>
    new AppError({ code: 'unknown_task', message: 'unable to retry; there is no such task' }),
  /** Passes by itself. */
  overloaded: (reason: string, retryAfterMs: number) =>
    new AppError({ code: 'overloaded', message: `unable to accept the request; ${reason}`, retryAfterMs }),
  /** For good: waiting does not help. */
  full: (reason: string) =>
    new AppError({
      code: 'overloaded',
      message: `unable to accept the request; ${reason}`,
      retryable: false,
      retryAfterMs: -1,
    }),
  rateLimited: (retryAfterMs: number) =>
    new AppError({
      code: 'rate_limited',
      message: 'unable to accept the request; there were too many',
      retryAfterMs,
    }),
}
