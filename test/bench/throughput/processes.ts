import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, Measured } from './scenario.js'

const longest = 60_000

function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: ['--import', 'tsx'] })
}

/** The first message of a process that was started. @throws Error where it ends, or takes too long, without one. */
async function firstMessage(child: ChildProcess): Promise<unknown> {
  const exited = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`unable to measure; a process ended with ${signal ?? code}`)
  })
  exited.catch(() => {})
  const timer = setTimeout(() => child.kill('SIGKILL'), longest)
  try {
    const [message] = await Promise.race([once(child, 'message'), exited])
    return message
  } finally {
    clearTimeout(timer)
  }
}

export async function startServer(): Promise<{ url: string; close: () => void }> {
  const child = start('./server.ts')
  const url = String(await firstMessage(child))
  return { url, close: () => child.kill() }
}

/** In a process of its own, which has ended then. */
export async function runJob(job: Job): Promise<Measured> {
  const child = start('./contender.ts', JSON.stringify(job))
  const ended = once(child, 'exit')
  try {
    return (await firstMessage(child)) as Measured
  } finally {
    const timer = setTimeout(() => child.kill('SIGKILL'), 2000)
    await ended
    clearTimeout(timer)
  }
}
