import { systemClock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { LineConditions } from '../support/link.js'
import type { TcpProxy } from '../support/tcp-proxy.js'
import type { Round } from './schedule.js'
import type { ServerProcess } from './server-process.js'

export interface FaultyWorld {
  /** Each person's line to the server. */
  readonly lines: readonly TcpProxy[]
  readonly server: ServerProcess
}

export interface FaultKind {
  readonly name: string
  /** What it does, in words for a table. */
  readonly does: string
  /** The shortest and the longest that it lasts, in milliseconds, where that is for the schedule to say. */
  readonly lasts: readonly [number, number]
  /** Resolves when the fault is over: from then on nothing stands between a program and its server. */
  strike(world: FaultyWorld, round: Round): Promise<void>
}

/** A line as they are: a server some way off. */
export const defaultLine: LineConditions = { latencyMs: 20, bytesPerSecond: Number.POSITIVE_INFINITY }

const wait = (ms: number) => delay(ms, { clock: systemClock })

/** Breaks every line, and keeps them broken for as long as the round says. */
const away = (breakLine: (line: TcpProxy) => void): FaultKind['strike'] =>
  async function strike({ lines }, { durationMs }) {
    for (const line of lines) {
      line.mode = 'refuse'
      breakLine(line)
    }
    await wait(durationMs)
    for (const line of lines) line.mode = 'pass'
  }

const bad = (conditions: (shade: number) => Partial<LineConditions>): FaultKind['strike'] =>
  async function strike({ lines }, { durationMs, shade }) {
    for (const line of lines) line.conditions = { ...defaultLine, ...conditions(shade) }
    await wait(durationMs)
    for (const line of lines) line.conditions = defaultLine
  }

export const faultKinds: readonly FaultKind[] = [
  { name: 'none', does: 'nothing fails', lasts: [0, 0], strike: async () => {} },
  {
    name: 'cut',
    does: 'the connection is closed, and none is had for up to 1.5 s',
    lasts: [0, 1500],
    strike: away((line) => line.cut()),
  },
  {
    name: 'reset',
    does: 'the connection is reset with what is under way, and none is had for up to 1.5 s',
    lasts: [0, 1500],
    strike: away((line) => line.reset()),
  },
  {
    name: 'half-open',
    does: 'the connection stays and carries nothing any more, in one direction or both',
    lasts: [0, 0],
    strike: async ({ lines }, { shade }) => {
      for (const [index, line] of lines.entries())
        line.freeze((shade + index / 2) % 1 < 0.5 ? 'fromServer' : 'both')
    },
  },
  {
    name: 'latency',
    does: 'a round trip takes 2.1 to 2.4 s, for 3 s',
    lasts: [3000, 3000],
    strike: bad((shade) => ({ latencyMs: 1050 + 150 * shade })),
  },
  {
    name: 'trickle',
    does: '2 kB a second get through, for 3 s',
    lasts: [3000, 3000],
    strike: bad(() => ({ bytesPerSecond: 2000 })),
  },
  {
    name: 'killed',
    does: 'the server gets SIGKILL and is started again on its log',
    lasts: [0, 0],
    strike: async ({ server }) => {
      await server.kill()
      await server.start()
    },
  },
  {
    name: 'log lost',
    does: 'the server gets SIGKILL and is started again without its log',
    lasts: [0, 0],
    strike: async ({ server }) => {
      await server.kill()
      await server.loseLog()
      await server.start()
    },
  },
]
