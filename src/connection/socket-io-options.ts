import { inDevelopment } from '../shared/check-option.js'
import type { Logger } from '../shared/logger.js'

/** In development warns the developer of each of socket.io-client's options that has no effect here. */
export const warnOfIgnored = (socketOptions: Readonly<Record<string, unknown>>, logger: Logger): void =>
  inDevelopment(() => {
    // Options that this SDK replaces, and the option to use in their place, if there is any.
    const replaced = {
      auth: 'auth',
      autoConnect: '',
      forceNew: '',
      multiplex: '',
      reconnection: 'reconnect',
      reconnectionAttempts: 'reconnect.maxAttempts',
      reconnectionDelay: 'reconnect.baseDelay',
      reconnectionDelayMax: 'reconnect.maxDelay',
      randomizationFactor: 'reconnect.jitter',
      retries: 'retry',
      ackTimeout: 'timeouts.acknowledge',
    }
    for (const [name, instead] of Object.entries(replaced)) {
      const option = `socketOptions.${name}`
      const hint = `${option} has no effect${instead && `; use the option ${instead}`}`
      if (socketOptions[name] !== undefined) logger.warn('option_ignored', { option, hint })
    }
  })
