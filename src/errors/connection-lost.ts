import { AppError } from './app-error.js'

/**
 * Whether a request may have caused the loss of its connection. `none`: it had not left, or this side ended the connection.
 * `possible`: it was unanswered. `likely`: it was the only unanswered one, and the server had answered another one over that
 * connection before.
 */
export type Suspicion = 'none' | 'possible' | 'likely'

/** The connection went away before the answer came. Only the log can say whether the server received the request. */
export class ConnectionLost extends AppError {
  readonly suspicion: Suspicion

  constructor(suspicion: Suspicion = 'none') {
    super({ code: 'network', message: 'unable to get an answer; the connection was lost' })
    this.suspicion = suspicion
  }
}
