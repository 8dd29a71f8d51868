/**
 * `npm run demo:cluster`: three chat servers behind one address, on one Redis, and a page that shows which of them answers
 * and harms them.
 */

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AnsweringNodes } from './cluster/answering-nodes.js'
import { Cluster } from './cluster/cluster.js'
import { clusterControl } from './cluster/control.js'
import { servePages } from './serve-pages.js'

export interface ClusterDemoOptions {
  /** Of the page; 0 lets the system choose. @default 5174 */
  readonly port?: number
  /** Reload the page when its sources change. @default false */
  readonly hot?: boolean
  /** A folder that `bundlePages` filled. @default the page is served from its sources */
  readonly bundle?: string
  /** A Redis that runs already. @default one that the demo starts, and ends */
  readonly redisUrl?: string | undefined
  /** Milliseconds for which a node may be silent before another one ends its answers. @default 3000 */
  readonly leaseMs?: number
  /** Milliseconds between words of an answer. @default 50 */
  readonly paceMs?: number
}

export interface ClusterDemo {
  readonly url: string
  /** Of the nodes, behind the balancer. */
  readonly serverUrl: string
  readonly cluster: Cluster
  close(): Promise<void>
}

const defaultPort = 5174

/** @throws NoRedisError; Error if the port is taken or a node does not start. Nothing is left running then. */
export async function startClusterDemo(options: ClusterDemoOptions = {}): Promise<ClusterDemo> {
  const { port = defaultPort, hot = false, bundle, redisUrl, leaseMs = 3000, paceMs = 50 } = options
  const answering = new AnsweringNodes()
  const cluster = await Cluster.start({
    program: fileURLToPath(new URL('./cluster/demo-node.ts', import.meta.url)),
    redisUrl,
    leaseMs,
    paceMs,
    onMessage: (message) => answering.hear(message),
  })
  // Without an answer under way any node will do.
  const target = () => {
    const isUp = (name: string) =>
      cluster.state.nodes.some((node) => node.name === name && node.state === 'up')
    return answering.names.find(isUp) ?? cluster.state.nodes.find(({ state }) => state === 'up')?.name
  }
  const control = clusterControl({
    state: () => ({ ...cluster.state, answering: answering.names }),
    kill: async () => {
      const name = target()
      if (name === undefined) return false
      answering.forget(name)
      return cluster.kill(name)
    },
    pause: () => {
      const name = target()
      return name !== undefined && cluster.pause(name)
    },
    restartRedis: () => cluster.restartRedis(),
  })
  try {
    const pages = await servePages({
      port,
      hot,
      bundle,
      serverUrl: () => cluster.url,
      first: 'cluster',
      beside: control.handle,
    })
    return {
      url: pages.clusterUrl,
      serverUrl: cluster.url,
      cluster,
      async close() {
        control.close()
        await pages.close()
        await cluster.close()
      },
    }
  } catch (error) {
    control.close()
    await cluster.close()
    throw error
  }
}

const usage = `Usage: npm run demo:cluster -- [--port <number>]

  --port <number>  where the page listens; 0 lets the system choose (default: ${defaultPort})
  --help           this text

It starts a Redis of its own, or uses the one that the variable REDIS_URL names.
`

/** @throws Error naming the option that is wrong. */
function readArguments(args: string[]): { readonly port: number; readonly help: boolean } {
  const { values } = parseArgs({ args, options: { port: { type: 'string' }, help: { type: 'boolean' } } })
  const port = values.port === undefined ? defaultPort : Number(values.port)
  if (values.port === '' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('unable to start the demo; --port is not a number from 0 to 65535')
  return { port, help: values.help ?? false }
}

async function main() {
  // Heard from the first moment on: a start that is cut short would leave processes running.
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  try {
    const { port, help } = readArguments(process.argv.slice(2))
    if (help) {
      process.stdout.write(usage)
      return
    }
    const demo = await startClusterDemo({ port, hot: true, redisUrl: process.env.REDIS_URL })
    process.stdout.write(`Cluster demo: ${demo.url}\nThree nodes behind ${demo.serverUrl}\n`)
    await ended
    await demo.close()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
