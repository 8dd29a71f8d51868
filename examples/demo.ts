/**
 * `npm run demo`: the mock server and both demo pages. The pages speak to the server directly, not through a proxy: a
 * proxy would answer for a server that is dead.
 */

import { realpathSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MockServerProcess } from './mock-server-process.js'
import { servePages } from './serve-pages.js'

export interface DemoOptions {
  /** Of the pages; 0 lets the system choose. @default 5173 */
  readonly port?: number
  /** Reload the pages when their sources change. @default false */
  readonly hot?: boolean
  /** A folder that `bundlePages` filled. @default the pages are served from their sources */
  readonly bundle?: string
  /** A chat server that runs already. @default a mock server that the demo starts */
  readonly server?: string | undefined
  /** More of the mock server's command line. @default none */
  readonly serverArgs?: readonly string[]
  /** Called at each start of the mock server, the first included. */
  readonly onServerStart?: (server: { url: string; pid: number }) => void
  /** Called when the mock server ended for good. */
  readonly onFailure?: (error: Error) => void
  /** Called with what the mock server writes to its log. @default it goes to this process's standard error */
  readonly onServerLog?: (text: string) => void
}

export interface Demo {
  readonly reactUrl: string
  readonly vanillaUrl: string
  readonly serverUrl: string
  /** The mock server's process, which changes when it starts again; undefined if the demo started none. */
  readonly serverPid: number | undefined
  close(): Promise<void>
}

const defaultPort = 5173

/** @throws Error if the port is taken or the mock server does not start; nothing is left running then. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const {
    port = defaultPort,
    hot = false,
    bundle,
    server: given,
    serverArgs = [],
    onServerStart,
    onFailure,
    onServerLog,
  } = options
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    let serverUrl = given ?? ''
    const pages = await servePages({ port, hot, bundle, serverUrl: () => serverUrl })
    undo.push(() => pages.close())

    const { reactUrl, vanillaUrl } = pages
    if (given !== undefined) return { reactUrl, vanillaUrl, serverUrl, serverPid: undefined, close }

    const folder = await mkdtemp(join(tmpdir(), 'reconvene-demo-'))
    undo.push(() => rm(folder, { recursive: true, force: true }))
    const server = new MockServerProcess({
      args: [
        ...['--faults', '--store', join(folder, 'conversations')],
        ...['--origin', `http://localhost:${pages.port}`, '--origin', `http://127.0.0.1:${pages.port}`],
        // A dead connection shows within seconds, and ending the demo waits for no answer.
        ...['--ping-interval', '5000', '--ping-timeout', '4000', '--drain-ms', '500', '--log-level', 'warn'],
        ...serverArgs,
      ],
      onStart: (started) => {
        serverUrl = started.url
        onServerStart?.(started)
      },
      onFailure: (error) => onFailure?.(error),
      onLog: onServerLog,
    })
    undo.push(() => server.close())
    await server.start()

    return {
      reactUrl,
      vanillaUrl,
      serverUrl,
      get serverPid() {
        return server.pid
      },
      close,
    }
  } catch (error) {
    await close()
    throw explain(error, port)
  }
}

const explain = (error: unknown, port: number): unknown =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    ? new Error(
        `unable to start the demo; port ${port} is taken. End what uses it, or choose another: npm run demo -- --port 0`,
      )
    : error

const usage = `Usage: npm run demo -- [--port <number>] [--server <url>]

  --port <number>  where the pages listen; 0 lets the system choose (default: ${defaultPort})
  --server <url>   a chat server that runs already; the demo then starts none
  --help           this text
`

/** @throws Error naming the option that is wrong. */
function readArguments(args: string[]): { port: number; server: string | undefined; help: boolean } {
  const { port: given, server, help = false } = parseOptions(args)
  const port = given === undefined ? defaultPort : Number(given)
  if (given === '' || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error('unable to start the demo; --port is not a number from 0 to 65535')
  if (server !== undefined && !(URL.canParse(server) && /^https?:/.test(server)))
    throw new Error('unable to start the demo; --server is not an http or https address')
  return { port, server, help }
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { port: { type: 'string' }, server: { type: 'string' }, help: { type: 'boolean' } },
    }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('. ')[0] : 'they are not right'
    throw new Error(`unable to read the options; ${reason}`, { cause })
  }
}

async function main() {
  const complain = (error: unknown, code: number) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = code
  }
  let port: number
  let server: string | undefined
  try {
    const chosen = readArguments(process.argv.slice(2))
    if (chosen.help) return process.stdout.write(usage)
    port = chosen.port
    server = chosen.server
  } catch (error) {
    return complain(error, 2)
  }
  // Heard from the first moment on: a start that is cut short would leave the mock server running.
  let end: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  try {
    const demo = await startDemo({
      port,
      server,
      hot: true,
      onServerStart: ({ url, pid }) => process.stdout.write(`Mock server: ${url} (pid ${pid})\n`),
      onFailure: (error) => {
        complain(error, 1)
        end()
      },
    })
    process.stdout.write(`React demo: ${demo.reactUrl}\nVanilla demo: ${demo.vanillaUrl}\n`)
    await ended
    await demo.close()
  } catch (error) {
    complain(error, 1)
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
