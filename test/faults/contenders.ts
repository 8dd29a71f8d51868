import type { Contender } from './program.js'
import { withBareSocketIo } from './with-bare-socket-io.js'
import { withReconvene } from './with-reconvene.js'

/** The columns of the table; this SDK is the first. */
export const contenders: readonly [Contender, ...Contender[]] = [
  { name: 'reconvene', start: withReconvene },
  { name: 'socket.io-client', start: withBareSocketIo({ ids: 'each try' }) },
  { name: 'socket.io-client with ids', start: withBareSocketIo({ ids: 'each message' }) },
]
