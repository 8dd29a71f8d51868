// Options of socket.io-client that this SDK replaces, and the option to use in their place, if there is any.
const replaced: Readonly<Record<string, string>> = {
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

/** A line for the developer about each of socket.io-client's options that has no effect here. */
export const ignoredOptions = (socketOptions: Readonly<Record<string, unknown>>) =>
  Object.entries(replaced)
    .filter(([name]) => socketOptions[name] !== undefined)
    .map(([name, instead]) => {
      const option = `socketOptions.${name}`
      return { option, hint: `${option} has no effect${instead && `; use the option ${instead}`}` }
    })
