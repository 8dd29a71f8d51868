import { RestartingServer } from '../../herd/restarting-server.js'
import { startSdkClient } from '../../herd/sdk-client.js'
import { startSocketIoClient } from '../../herd/socket-io-client.js'
import { seededRandom } from '../../support/random.js'
import { VirtualClock } from '../../support/virtual-clock.js'

export type Drawn = 'reconvene' | 'socket.io-client'

// Longer than the longest delay of either, so that every connection counts as stable, and everybody comes back.
const calm = 10_000

/**
 * How long after a server is up again each of so many clients is connected, in milliseconds. Each has its own draws; the
 * server lets everybody in, so that nothing but the client's waiting is measured.
 */
export async function drawReturns(kind: Drawn, clients: number, down: number): Promise<number[]> {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const server = new RestartingServer({ clock, capacity: Number.POSITIVE_INFINITY })
  for (let client = 0; client < clients; client++) {
    if (kind === 'reconvene') startSdkClient({ clock, random, server, spread: null })
    else startSocketIoClient(server, clock)
  }
  await clock.advance(calm)
  server.restart({ down, drops: 0, planned: false })
  await clock.advance(down + calm)
  if (server.connected < clients)
    throw new Error(`unable to draw; ${clients - server.connected} are not back`)
  return server.returns.map((at) => at - down)
}
