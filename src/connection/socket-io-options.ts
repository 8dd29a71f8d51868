// Options of socket.io-client that this SDK replaces, and the option to use in their place.
const replaced: Readonly<Record<string, string>> = {
  auth: 'give the token as the option auth',
  autoConnect: 'the client connects when it is first used',
  forceNew: 'each client has a connection of its own',
  multiplex: 'each client has a connection of its own',
  reconnection: 'use the option reconnect',
  reconnectionAttempts: 'use reconnect.maxAttempts',
  reconnectionDelay: 'use reconnect.baseDelay',
  reconnectionDelayMax: 'use reconnect.maxDelay',
  randomizationFactor: 'use reconnect.jitter',
  retries: 'use the option retry',
  ackTimeout: 'use timeouts.acknowledge',
}

/** A line for the developer about each of socket.io-client's options that has no effect here. */
export const ignoredOptions = (socketOptions: Readonly<Record<string, unknown>>) =>
  Object.entries(replaced)
    .filter(([name]) => socketOptions[name] !== undefined)
    .map(([name, instead]) => ({
      option: `socketOptions.${name}`,
      hint: `socketOptions.${name} has no effect; ${instead}`,
    }))
