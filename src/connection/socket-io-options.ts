// Bundlers put the mode of the build in place of `process.env.NODE_ENV`.
declare const process: { readonly env: { readonly NODE_ENV?: string } }

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

/** In development a line for the developer about each of socket.io-client's options that has no effect here. */
export function ignoredOptions(socketOptions: Readonly<Record<string, unknown>>) {
  const lines: { readonly option: string; readonly hint: string }[] = []
  // Written out, so that a bundler leaves it out of a production build.
  if (typeof process !== 'undefined' && process.env.NODE_ENV !== 'production') {
    for (const [name, instead] of Object.entries(replaced)) {
      const option = `socketOptions.${name}`
      const hint = `${option} has no effect${instead && `; use the option ${instead}`}`
      if (socketOptions[name] !== undefined) lines.push({ option, hint })
    }
  }
  return lines
}
