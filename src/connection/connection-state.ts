import type { AppError } from '../errors/app-error.js'

/** Each member carries only what it knows. Times are milliseconds since the Unix epoch. */
export type ConnectionState =
  /** Not asked for yet, or disconnected on purpose. */
  | { readonly status: 'idle' }
  /** `attempt` counts from 1 since the connection was last whole. */
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'connected'; readonly since: number }
  /** The next attempt, number `attempt`, comes by itself at `retryAt`. */
  | {
      readonly status: 'waiting'
      readonly attempt: number
      readonly retryAt: number
      readonly error: AppError
    }
  /** The browser says that there is no network. Attempts go on, rarely: its word is a hint, not a gate. */
  | { readonly status: 'offline' }
  /** Nothing more is tried by itself; `connect()` begins anew, and until then what is unsent stays queued. */
  | { readonly status: 'failed'; readonly error: AppError }
  /** The client was closed, for good. */
  | { readonly status: 'closed' }
