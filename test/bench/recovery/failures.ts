import type { ServerProcess } from '../../faults/server-process.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'

export interface Surroundings {
  readonly server: ServerProcess
  readonly proxy: TcpProxy
  /** The pages wake. */
  readonly wake: () => void
}

export interface Failure {
  readonly name: string
  /** How often it happens; in each, several pages of each contender are hit. */
  readonly rounds: (runs: number) => number
  /** Resolves in the instant in which a connection is possible again. */
  readonly happen: (surroundings: Surroundings) => Promise<void>
  /** Whether the answer under way goes on meanwhile, so that deltas are missed. */
  readonly answerGoesOn: boolean
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const downFor =
  (ms: number) =>
  async ({ proxy }: Surroundings) => {
    proxy.mode = 'refuse'
    proxy.reset()
    await wait(ms)
    proxy.mode = 'pass'
  }

export const failures: readonly Failure[] = [
  { name: 'connection reset', rounds: (runs) => runs, happen: downFor(0), answerGoesOn: true },
  {
    name: 'server killed, started again',
    rounds: (runs) => runs,
    happen: async ({ server }) => {
      await server.kill()
      await server.start()
    },
    answerGoesOn: false,
  },
  { name: 'network down for 10 s', rounds: () => 1, happen: downFor(10_000), answerGoesOn: true },
  {
    name: 'connection dead, page wakes',
    rounds: () => 1,
    happen: async ({ proxy, wake }) => {
      proxy.freeze()
      wake()
    },
    answerGoesOn: true,
  },
]
