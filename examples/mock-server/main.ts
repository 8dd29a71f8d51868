import { destination } from 'pino'
import { fileStore, type LimitOptions } from 'reconvene/server'
import type { Logger } from '../../src/shared/logger.js'
import { createLogger } from './logger.js'
import { type CliOptions, parseOptions, UsageError, usage } from './options.js'
import { type RunningServer, startServer } from './start-server.js'

/** With this the process ends when the fault `restart` asks for it; whoever runs it starts it again. */
const restartCode = 75

async function serve({ logLevel, drainMs, ...options }: CliOptions) {
  // Standard output has the one line that a script waits for; synchronous, so that nothing is lost at a hard exit.
  const logger = createLogger(logLevel, destination({ dest: 2, sync: true }))
  const { store: folder, maxMessageBytes, origins, faults, ...rest } = options
  const server = await startServer({
    ...rest,
    ...(origins.length > 0 && { origins }),
    ...(folder !== undefined && { store: () => fileStore(folder, { logger }) }),
    limits: limitsFor(maxMessageBytes),
    acceptFaults: faults,
    // Ends hard, as a crash: clients are not told, and running answers are cut off. A moment later, so that the request is
    // answered.
    onRestart: () => setTimeout(() => process.exit(restartCode), 20),
    logger,
  })
  endOnSignal(server, drainMs, logger)
  console.log(`mock server listening on ${server.url}`)
}

/** A conversation, and an answer to a join, must hold what a message may hold. */
function limitsFor(messageBytes: number): LimitOptions {
  const joinBytes = Math.max(1_000_000, messageBytes * 2)
  return { messageBytes, joinBytes, pendingBytes: joinBytes * 4 }
}

function endOnSignal(server: RunningServer, drainMs: number, logger: Logger) {
  let ending = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second signal means that the person does not want to wait.
      if (ending) process.exit(1)
      ending = true
      logger.info('closing', { signal })
      server.close({ drainMs }).then(
        () => process.exit(0),
        (error) => {
          logger.error('close failed', { error: error instanceof Error ? error.name : typeof error })
          process.exit(1)
        },
      )
    })
  }
}

/** The system's name for a failure; undefined if it has none. */
const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** The reason why the start failed, and the way out. */
function explain(error: unknown, { port }: CliOptions): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `unable to listen; port ${port} is taken. Choose another with --port N, or --port 0 for one that is free.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'unable to listen; --host must name an address of this machine.'
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return 'unable to open the store; --store must name a folder.'
    case 'EROFS':
    case 'EPERM':
      return 'unable to open the store; permission denied. Choose another folder with --store.'
    case 'EACCES':
      return 'unable to listen; permission denied. Choose another port with --port N.'
    default:
      return error instanceof Error ? error.message : 'unable to start; the reason is unknown'
  }
}

function exit(status: number, message: string) {
  console.error(message)
  process.exitCode = status
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === null) console.log(usage)
  else await serve(options).catch((error) => exit(1, explain(error, options)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  exit(2, `${error.message}. See --help.`)
}
