import { defaults } from '../../src/chat-options.js'
import { protocolV1 } from '../../src/codec/protocol-v1.js'
import { Connection } from '../../src/connection/connection.js'
import type { TransportFactory } from '../../src/connection/transport.js'
import { translateError } from '../../src/errors/translate-error.js'
import { ErrorRecoveryManager } from '../../src/recovery/error-recovery-manager.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import type { RestartingServer } from './restarting-server.js'

export interface SdkClientOptions {
  readonly clock: Clock
  readonly random: Random
  readonly server: RestartingServer
  /** What the server advises, in milliseconds, when a client joins and before it closes; null: nothing. */
  readonly spread: number | null
}

const nothing = { ok: true, epoch: 'e', offset: 0, events: [], snapshot: null }
const limits = { max_message_bytes: 65_536 }

/** The simulated server as a transport that knows how to join, and nothing else. */
const transportTo =
  ({ server, spread }: SdkClientOptions): TransportFactory =>
  ({ handlers }) => {
    let giveUp = () => {}
    const advice = spread === null ? {} : { reconnect_spread_ms: spread }
    const peer = {
      accepted: () => handlers.connected(),
      refused: () => handlers.refused(new Error('xhr poll error')),
      lost: () => handlers.disconnected('transport close'),
      closing: () => handlers.pushed('chat:closing', advice),
    }
    return {
      open() {
        giveUp = server.knock(peer)
      },
      close: () => giveUp(),
      emit: (event, _payload, acknowledge) => {
        if (event === 'chat:join') server.later(() => acknowledge?.({ ...nothing, limits, ...advice }))
      },
    }
  }

/**
 * What of a `ChatClient` keeps a connection up, with its defaults: connection, recovery and protocol. Ten thousand whole
 * clients would spend most of the time on what has no part in this.
 */
export function startSdkClient(options: SdkClientOptions): void {
  const { clock, random } = options
  const translate = translateError
  const connection: Connection = new Connection({
    socket: {
      url: 'http://server.test',
      socketOptions: {},
      events: protocolV1.events,
      connectTimeout: defaults.timeouts.connect,
      transport: transportTo(options),
      clock,
      translate,
    },
    auth: undefined,
    reconnect: defaults.reconnect,
    probeTimeout: defaults.timeouts.probe,
    manager: new ErrorRecoveryManager({ clock, random }),
    logger: silentLogger,
    isOnline: () => true,
    onChange({ status }) {
      // An interrupted join is asked again over the next connection, by this line.
      if (status === 'connected') server.join({ conversation_id: 'demo', after: null }).catch(() => {})
    },
    onPush: (event, payload) => pushed(event, payload),
  })
  const { server, pushed } = protocolV1.open({
    connection,
    clock,
    logger: silentLogger,
    acknowledge: defaults.timeouts.acknowledge,
    idle: defaults.timeouts.idle,
    canRenew: false,
    translate,
    deliver: () => {},
  })
  connection.connect()
}
