import { AppError } from './app-error.js'

/** The connection went away before the answer came. Only the log can say whether the server received the request. */
export class ConnectionLost extends AppError {
  constructor() {
    super({ code: 'network', message: 'unable to get an answer; the connection was lost' })
  }
}
