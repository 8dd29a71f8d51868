import { byConversation } from '../protocol/by-conversation.js'
import { decodeClosing, decodeEvents } from '../protocol/decode.js'
import type { Codec } from './codec.js'
import { socketChatRequests } from './socket-chat-requests.js'

/** The wire protocol of `docs/protocol.md`. */
export const protocolV1: Codec = {
  name: 'v1',
  events: ['chat:event', 'chat:closing'],
  open: (context) => ({
    server: socketChatRequests(context),
    pushed(event, payload) {
      if (event === 'chat:closing') {
        const notice = decodeClosing(payload)
        if (notice) context.connection.setReconnectSpread(notice.reconnect_spread_ms)
        else context.logger.warn('event_invalid', { field: 'reconnect_spread_ms' })
        return
      }
      const decoded = decodeEvents(payload)
      for (const event of decoded)
        if (event.type === 'invalid') context.logger.warn('event_invalid', { field: event.field })
      byConversation(decoded, context.deliver)
    },
    connectionChanged() {},
  }),
}
