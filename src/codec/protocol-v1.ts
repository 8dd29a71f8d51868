import { envelopeOf } from '../event-log/log-event.js'
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
      for (const event of decodeEvents(payload)) {
        if (event.type === 'invalid') context.logger.warn('event_invalid', { field: event.field })
        else context.deliver(envelopeOf(event).conversation_id, [event])
      }
    },
    connectionChanged() {},
  }),
}
