import type { ChatClient } from '../chat-client.js'

// Bundlers put the mode of the build in place of `process.env.NODE_ENV`, so a production build has no warnings in it.
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** Warns the developer of a page that is given a client which can do nothing any more. Does nothing in production. */
export function warnOfClosedClient(client: ChatClient): void {
  try {
    if (process.env.NODE_ENV !== 'production' && client.getSnapshot().connection.status === 'closed')
      console.warn(
        'reconvene: this ChatProvider was mounted with a client that is closed for good. An effect that closes a client when it is ' +
          'cleaned up has to make the client too, because StrictMode and Fast Refresh run each effect again: see "The life of a client" ' +
          'in the guide.',
      )
  } catch {
    // A page without a bundler has no `process`.
  }
}
