import { parseArgs } from 'node:util'
import { type LogLevel, logLevels } from './logger.js'

export interface CliOptions {
  readonly port: number
  readonly host: string
  readonly store: string | undefined
  readonly paceMs: number
  readonly flushMs: number
  readonly faults: boolean
  readonly origins: readonly string[]
  readonly maxMessageBytes: number
  readonly reconnectSpreadMs: number
  readonly silenceMs: number
  readonly drainMs: number
  readonly pingInterval: number
  readonly pingTimeout: number
  readonly logLevel: LogLevel
}

/** The fault of the command line, in one line fit to be printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `Usage: npm run mock-server -- [options]

  --port N                 port to listen on; 0: one that is free (3001)
  --host NAME              address to listen on (127.0.0.1)
  --store FOLDER           keep conversations in a folder; without it they end with the server
  --pace-ms N              between the words of an answer (30)
  --flush-ms N             gather an answer's words that long before they are stored and pushed (0)
  --faults                 let pages plan faults, by the event demo:faults
  --origin URL             let pages of this origin connect, and no others; may be repeated
                           (pages of this machine)
  --max-message-bytes N    of an input as compact JSON (65536)
  --reconnect-spread-ms N  over which clients should spread their return (0)
  --silence-ms N           without a word from the responder, after which a try fails (60000)
  --drain-ms N             for running answers to finish at the end (5000)
  --ping-interval N        milliseconds between heartbeats (25000)
  --ping-timeout N         milliseconds to wait for the answer to one (20000)
  --log-level LEVEL        ${logLevels.join(', ')} (info)
  --help                   this text`

const numbers = {
  port: [3001, 0, 65_535],
  'pace-ms': [30, 0, 60_000],
  'flush-ms': [0, 0, 1000],
  'max-message-bytes': [65_536, 256, 10_000_000],
  'reconnect-spread-ms': [0, 0, 3_600_000],
  'silence-ms': [60_000, 1, 3_600_000],
  'drain-ms': [5000, 0, 600_000],
  'ping-interval': [25_000, 10, 3_600_000],
  'ping-timeout': [20_000, 10, 3_600_000],
} as const

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** @returns null if `--help` was asked for. @throws UsageError */
export function parseOptions(args: readonly string[]): CliOptions | null {
  const given = parse(args)
  if (given.help) return null
  const number = (name: keyof typeof numbers): number => {
    const [fallback, min, max] = numbers[name]
    const value = given[name]
    if (value === undefined) return fallback
    const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (parsed >= min && parsed <= max) return parsed
    throw new UsageError(`unable to use --${name}; expected a whole number from ${min} to ${max}`)
  }
  return {
    port: number('port'),
    host: nonEmpty('host', given.host ?? '127.0.0.1'),
    store: given.store === undefined ? undefined : nonEmpty('store', given.store),
    paceMs: number('pace-ms'),
    flushMs: number('flush-ms'),
    faults: given.faults ?? false,
    origins: (given.origin ?? []).map(toOrigin),
    maxMessageBytes: number('max-message-bytes'),
    reconnectSpreadMs: number('reconnect-spread-ms'),
    silenceMs: number('silence-ms'),
    drainMs: number('drain-ms'),
    pingInterval: number('ping-interval'),
    pingTimeout: number('ping-timeout'),
    logLevel: toLogLevel(given['log-level'] ?? 'info'),
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        ...{
          port: text,
          host: text,
          store: text,
          'pace-ms': text,
          'flush-ms': text,
          'max-message-bytes': text,
        },
        ...{ 'reconnect-spread-ms': text, 'silence-ms': text, 'drain-ms': text, 'ping-interval': text },
        ...{ 'ping-timeout': text, 'log-level': text, faults: flag, help: flag },
        origin: { type: 'string', multiple: true },
      },
    })
    return values
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/\. |\.?\n/)[0] : 'they are not right'
    throw new UsageError(`unable to use the options; ${reason}`)
  }
}

function nonEmpty(name: string, value: string): string {
  if (value === '') throw new UsageError(`unable to use --${name}; it is empty`)
  return value
}

function toOrigin(value: string): string {
  const origin = URL.canParse(value) ? new URL(value).origin : 'null'
  if (origin !== 'null' && (value === origin || value === `${origin}/`)) return origin
  throw new UsageError(
    'unable to use --origin; expected a scheme, a host and a port, such as http://localhost:5173',
  )
}

function toLogLevel(value: string): LogLevel {
  const level = logLevels.find((known) => known === value)
  if (level) return level
  throw new UsageError(`unable to use --log-level; expected one of ${logLevels.join(', ')}`)
}
