import { reportError } from '../shared/emitter.js'
import type { Logger } from '../shared/logger.js'

/**
 * Runs what the app handed in, at once. Neither a throw nor a rejection of it comes back: the page's own error reporting
 * gets the error, the log only the callback's name.
 */
export function safely(name: string, callback: () => unknown, logger: Logger): void {
  new Promise((resolve) => resolve(callback()))
    .catch((error) => {
      reportError(error)
      logger.warn('callback failed', { callback: name })
    })
    // The logger is the app's too.
    .catch(reportError)
}
