import { Manager } from 'socket.io-client'
import { defaults } from '../../src/chat-options.js'
import { backoff } from '../../src/recovery/backoff.js'
import { seededRandom } from '../support/random.js'
import { shareOfMostFrequent } from './figures.js'
import { internalsOf } from './socket-io-client.js'

const tries = 5

/** The delays, in milliseconds, before the fifth try of so many clients, of socket.io's backoff and of this SDK's. */
function fifthDelays(clients: number): { socketIo: number[]; sdk: number[] } {
  const random = seededRandom(1)
  const socketIo: number[] = []
  const sdk: number[] = []
  for (let client = 0; client < clients; client++) {
    const theirs = internalsOf(new Manager('http://server.test', { autoConnect: false })).backoff
    for (let attempt = 1; attempt < tries; attempt++) theirs.duration()
    socketIo.push(theirs.duration())
    sdk.push(Math.ceil(backoff(tries, defaults.reconnect, random)))
  }
  return { socketIo, sdk }
}

/** Which share of the clients come back in the same millisecond, from 0 to 1. */
export function sharesAtCap(clients: number): { socketIo: number; sdk: number } {
  const { socketIo, sdk } = fifthDelays(clients)
  return { socketIo: shareOfMostFrequent(socketIo), sdk: shareOfMostFrequent(sdk) }
}
