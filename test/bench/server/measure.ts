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

/** A server and its readers, each in a process of its own. */
async function withProcesses<T>(
  settings: ServerSettings,
  { asks = 0, joins = 0 }: { readonly asks?: number; readonly joins?: number },
  run: (server: ChildProcess, reader: ChildProcess) => Promise<T>,
): Promise<T> {
  const server = start('./serve.ts', settings)
  try {
    const { url } = (await next(server)) as Started
    const { stream, contender } = settings
    const reader = start('./read.ts', { url, isBare: contender === 'bare', stream, asks, joins })
    try {
      await next(reader)
      return await run(server, reader)
    } finally {
      await stop(reader)
    }
  } finally {
    await stop(server)
  }
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

/** Streams once. @returns the bytes of the folder once nothing is written to it any more */
export const measureStored = (settings: ServerSettings & { readonly folder: string }): Promise<number> =>
  withProcesses(settings, {}, async (_server, reader) => {
    await ask(reader, 'stream')
    return settledSize(settings.folder)
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

async function settledSize(folder: string): Promise<number> {
  const sizeNow = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
    return sizes.reduce((sum, { size }) => sum + size, 0)
  }
  let size = await sizeNow()
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = await sizeNow()
    same = now === size ? same + 1 : 0
    size = now
  }
  return size
}
