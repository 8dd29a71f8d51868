import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildServer } from './build-server.js'
import type { ServerSettings } from './server.js'

export type ServerProcessOptions = Partial<
  Pick<ServerSettings, 'words' | 'paceMs' | 'pingInterval' | 'pingTimeout'>
>

export interface ServerProcess {
  /** The same after each start. */
  readonly url: string
  /** SIGKILL. @returns when the process has ended. */
  kill(): Promise<void>
  /** On the log that is there. @returns when it listens. */
  start(): Promise<void>
  /** While it is down: the next start is on an empty log, with another epoch. */
  loseLog(): Promise<void>
  /** Ends it, with its log. */
  close(): Promise<void>
}

/** A tenth of Socket.IO's defaults, so that a connection that died silently is noticed within a test's time. */
export const heartbeat: ServerProcessOptions = { pingInterval: 2500, pingTimeout: 2500 }

const runsPerProcess = 10_000

/** The example server as a process of its own, in which each run of the responder says words that no other run says. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const [folder, program] = await Promise.all([mkdtemp(join(tmpdir(), 'reconvene-faults-')), buildServer()])
  const log = join(folder, 'conversations')
  let child: ChildProcess | undefined
  let url = ''
  let starts = 0

  const start = async () => {
    const settings: ServerSettings = {
      ...{ words: 10, paceMs: 10, pingInterval: 25_000, pingTimeout: 20_000 },
      ...options,
      log,
      port: url === '' ? 0 : Number(new URL(url).port),
      startAfter: runsPerProcess * starts,
    }
    starts += 1
    // The runner's own flags are not the server's.
    const started = fork(program.file, [JSON.stringify(settings)], { execArgv: [] })
    child = started
    url = await new Promise((resolve, reject) => {
      started.once('message', (message) => resolve(String(message)))
      started.once('exit', (code, signal) =>
        reject(new Error(`unable to start the server; it ended with ${signal ?? code}`)),
      )
    })
  }
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const close = async () => {
    await kill()
    for (const place of [folder, program.folder]) await rm(place, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return { url, kill, start, close, loseLog: () => rm(log, { recursive: true, force: true }) }
}
