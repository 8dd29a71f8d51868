import type { ChatClient } from '../chat-client.js'
import { inDevelopment } from '../shared/check-option.js'

/** Warns the developer of a page that is given a client which can do nothing any more. Does nothing in production. */
export const warnOfClosedClient = (client: ChatClient): void =>
  inDevelopment(() => {
    if (client.getSnapshot().connection.status === 'closed')
      console.warn(
        'reconvene: this ChatProvider was mounted with a client that is closed for good. An effect that closes a client when it is ' +
          'cleaned up has to make the client too, because StrictMode and Fast Refresh run each effect again: see "The life of a client" ' +
          'in the guide.',
      )
  })
