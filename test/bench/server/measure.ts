import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerSettings, Started, Taken } from './scenario.js'

const longest = 120_000

function start(file: string, job: object): ChildProcess {
  const env = { ...process.env, NODE_ENV: 'production' }
  const execArgv = ['--import', 'tsx', '--expose-gc']
  return fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(job)], { execArgv, env })
}

/** The next message of a process. @throws Error if it ends, or takes too long, without one */
async function next(child: ChildProcess): Promise<unknown> {
  const given = new AbortController()
  const { signal } = given
  const exited = once(child, 'exit', { signal }).then(([code, ended]) => {
    throw new Error(`unable to measure; a process ended with ${ended ?? code}`)
  })
  exited.catch(() => {})
  const timer = setTimeout(() => child.kill('SIGKILL'), longest)
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), exited])
    return message
  } finally {
    clearTimeout(timer)
    given.abort()
  }
}

async function ask(child: ChildProcess, order: string): Promise<unknown> {
  const answer = next(child)
  child.send(order)
  return answer
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}

export interface Asked {
  readonly first: readonly number[]
  readonly accepted: readonly number[]
}

export interface Read {
  readonly join: readonly number[]
  readonly history: readonly number[]
}

interface Reading {
  readonly asks?: number
  readonly joins?: number
  /** Servers that share a store. @default 1 */
  readonly nodes?: number
}

/** Servers and their readers, each in a process of its own. */
async function withNodes<T>(
  settings: ServerSettings,
  { asks = 0, joins = 0, nodes = 1 }: Reading,
  run: (servers: readonly ChildProcess[], reader: ChildProcess) => Promise<T>,
): Promise<T> {
  const servers = Array.from({ length: nodes }, () => start('./serve.ts', settings))
  try {
    const started = (await Promise.all(servers.map(next))) as Started[]
    const urls = started.map(({ url }) => url)
    const { stream, contender } = settings
    const isBare = ['bare', 'adapter', 'resumable'].includes(contender)
    const reader = start('./read.ts', { urls, isBare, stream, asks, joins })
    try {
      await next(reader)
      return await run(servers, reader)
    } finally {
      await stop(reader)
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
}

const withProcesses = <T>(
  settings: ServerSettings,
  reading: Reading,
  run: (server: ChildProcess, reader: ChildProcess) => Promise<T>,
): Promise<T> =>
  withNodes(settings, reading, ([server], reader) => {
    if (!server) throw new RangeError('unable to measure; there is no server')
    return run(server, reader)
  })

/**
 * Streams once to warm up, and then once more, over several nodes.
 *
 * @param between called before and after the second stream.
 * @returns what the second stream took, of all nodes together
 */
export const measureNodes = <T>(
  settings: ServerSettings,
  nodes: number,
  between: () => Promise<T>,
): Promise<{ readonly taken: Taken; readonly before: T; readonly after: T }> =>
  withNodes(settings, { nodes }, async (servers, reader) => {
    await ask(reader, 'stream')
    await Promise.all(servers.map((server) => ask(server, 'begin')))
    const before = await between()
    await ask(reader, 'stream')
    const after = await between()
    const all = (await Promise.all(servers.map((server) => ask(server, 'end')))) as Taken[]
    const sum = (of: (taken: Taken) => number) => all.reduce((total, taken) => total + of(taken), 0)
    const taken = {
      ms: Math.max(...all.map(({ ms }) => ms)),
      cpu: sum(({ cpu }) => cpu),
      heap: sum(({ heap }) => heap),
    }
    return { taken, before, after }
  })

/** Several nodes without a reader. The caller ends each. */
export async function startNodes(settings: ServerSettings, nodes: number) {
  const servers = Array.from({ length: nodes }, () => start('./serve.ts', settings))
  const started = (await Promise.all(servers.map(next))) as Started[]
  return servers.map((server, index) => ({
    url: started[index]?.url ?? '',
    kill: () => void server.kill('SIGKILL'),
    stop: () => void server.send('stop'),
    end: () => stop(server),
  }))
}

/** Streams once to warm up, and then once more. @returns what the second stream took */
export const measureStream = (settings: ServerSettings): Promise<Taken> =>
  withProcesses(settings, {}, async (server, reader) => {
    await ask(reader, 'stream')
    await ask(server, 'begin')
    await ask(reader, 'stream')
    return (await ask(server, 'end')) as Taken
  })

export const measureAsks = (settings: ServerSettings, asks: number): Promise<Asked> =>
  withProcesses(settings, { asks }, async (_server, reader) => (await ask(reader, 'ask')) as Asked)

export const measureReading = (settings: ServerSettings, joins: number): Promise<Read> =>
  withProcesses(settings, { joins }, async (_server, reader) => (await ask(reader, 'read')) as Read)

/** Streams once. @returns the stored bytes, by `size`, once they change no more */
export const measureStored = (settings: ServerSettings, size: () => Promise<number>): Promise<number> =>
  withProcesses(settings, {}, async (_server, reader) => {
    await ask(reader, 'stream')
    return settled(size)
  })

/** How a server starts that serves no one yet. */
export async function measureStart(settings: ServerSettings): Promise<Started> {
  const server = start('./serve.ts', settings)
  try {
    return (await next(server)) as Started
  } finally {
    await stop(server)
  }
}

/** Bytes of all files below a folder. */
export async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

/** A figure that has stood still for a second. */
async function settled(read: () => Promise<number>): Promise<number> {
  let figure = await read()
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = await read()
    same = now === figure ? same + 1 : 0
    figure = now
  }
  return figure
}
