import { seededRandom } from '../support/random.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { busiestSecond } from './figures.js'
import { type Outage, RestartingServer } from './restarting-server.js'
import { startSdkClient } from './sdk-client.js'
import { startSocketIoClient } from './socket-io-client.js'

export const kinds = ['socket.io defaults', 'SDK without advice', 'SDK with advice'] as const
export type Kind = (typeof kinds)[number]

export interface HerdOptions {
  readonly clients: number
  /** Handshakes a second that the server admits. */
  readonly capacity: number
  readonly outage: Outage
  readonly kind: Kind
}

export interface HerdFigures {
  readonly clients: number
  readonly capacity: number
  /** Handshakes that began within the busiest second since the restart. */
  readonly peak: number
  /** The same of the time in which the server can admit anybody again. */
  readonly peakOnceBack: number
  /** Milliseconds until the last client was back, since the server was; null where not all were within ten minutes. */
  readonly allBack: number | null
  readonly attemptsPerClient: number
}

const step = 100
const patience = 600_000
// Longer than the time after which a connection counts as stable.
const calm = 10_000

// Without advice a client tries so often that all of them would take minutes; the load a client is the same.
const sample = 20

/** How many clients of a kind are looked at, before a server of how much capacity. */
export const sampleOf = (kind: Kind, { clients, capacity }: { clients: number; capacity: number }) =>
  kind === 'SDK without advice' && clients >= sample * 100 && capacity >= sample * 5
    ? { clients: Math.round(clients / sample), capacity: Math.round(capacity / sample) }
    : { clients, capacity }

/** All clients are connected, then the server restarts. */
export async function runHerd({ clients, capacity, outage, kind }: HerdOptions): Promise<HerdFigures> {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const server = new RestartingServer({ clock, capacity })
  // The time that the server needs to admit them all.
  const spread = kind === 'SDK with advice' ? Math.ceil((clients / capacity) * 1000) : null
  for (let client = 0; client < clients; client++) {
    if (kind === 'socket.io defaults') startSocketIoClient(server, clock)
    else startSdkClient({ clock, random, server, spread })
  }
  await clock.advance(calm)
  server.restart(outage)
  const outageMs = outage.down + outage.drops
  await clock.advance(outageMs)
  let waited = 0
  for (; server.connected < clients && waited < patience; waited += step) await clock.advance(step)
  return {
    clients,
    capacity,
    peak: busiestSecond(server.attempts),
    peakOnceBack: busiestSecond(server.attempts.filter((at) => at >= outageMs)),
    allBack: server.connected < clients ? null : waited,
    attemptsPerClient: server.attempts.length / clients,
  }
}
