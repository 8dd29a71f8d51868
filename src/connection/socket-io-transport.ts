import { io } from 'socket.io-client'
import { withSafePolling } from './safe-polling.js'
import type { TransportFactory } from './transport.js'

/**
 * The only place that knows socket.io-client. Its own reconnection, `retries` and send buffer stay unused: their
 * delays end up identical for every client at the cap, they carry no id, and a buffered send can't be taken back.
 */
export const socketIoTransport: TransportFactory = ({ url, socketOptions, events, handlers }) => {
  let auth: Readonly<Record<string, unknown>> = {}
  // With it every acknowledgement would begin with an error, or null; the time limits are this SDK's own.
  const { ackTimeout: _own, ...passed } = socketOptions
  const socket = io(url, {
    ...withSafePolling(passed),
    autoConnect: false,
    // A manager shared with another client of the same page would share its reconnection settings too.
    forceNew: true,
    reconnection: false,
    retries: 0,
    auth: (answer: (data: object) => void) => answer(auth),
  })
  let open = false
  let maxPayload: number | undefined
  socket.on('connect', () => open && handlers.connected({ maxPayload }))
  socket.on('connect_error', (error) => {
    if (!open) return
    close()
    handlers.refused(error)
  })
  socket.on('disconnect', (reason) => {
    if (!open) return
    close()
    handlers.disconnected(reason)
  })
  for (const event of events) {
    socket.on(event, (payload: unknown) => {
      if (open) handlers.pushed(event, payload)
    })
  }

  function close() {
    open = false
    // After a refusal the engine stays up, idle; this ends it, and `connect()` revives the same socket later.
    socket.disconnect()
  }

  return {
    open(nextAuth) {
      auth = nextAuth
      open = true
      maxPayload = undefined
      socket.connect()
      // The engine is made by `connect()`, and tells its limits before the socket is connected.
      const { engine } = socket.io
      engine?.once('handshake', (handshake) => {
        // Some servers say 0, or null, for a limit that they do not have.
        maxPayload = handshake.maxPayload > 0 ? handshake.maxPayload : undefined
      })
      // Engine.IO lets go of polling once the WebSocket has answered. If the WebSocket is lost in that moment, it goes on with
      // neither, and would notice only as no ping comes: 45 s later with a server's defaults. (`_probe` of engine.io-client 6.)
      engine?.once('upgrading', () => {
        const polling: { emit(event: 'close'): unknown } = engine.transport as never
        engine.once('upgradeError', () => polling.emit('close'))
      })
    },
    close,
    emit(event, payload, acknowledge) {
      if (!socket.connected) return
      if (acknowledge) socket.emit(event, payload, acknowledge)
      else socket.emit(event, payload)
    },
    buffered: () => socket.io.engine?.writeBuffer.length ?? 0,
  }
}
