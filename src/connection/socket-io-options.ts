import { inDevelopment } from '../shared/check-option.js'

/** In development a line for the developer about each of socket.io-client's options that has no effect here. */
export function ignoredOptions(socketOptions: Readonly<Record<string, unknown>>) {
  const lines: { readonly option: string; readonly hint: string }[] = []
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
      if (socketOptions[name] !== undefined) lines.push({ option, hint })
    }
  })
  return lines
}
