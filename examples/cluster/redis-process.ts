import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { listen } from '../mock-server/listen.js'

/** Milliseconds in which Redis has to answer after its start. */
const patience = 15_000

/** Thrown if there is no Redis to start; its message says how to get one. */
export class NoRedisError extends Error {
  constructor() {
    super(
      'unable to start; redis-server is not installed. Install it ("apt-get install redis-server", "brew install redis"), or name one that runs: REDIS_URL=redis://127.0.0.1:6379',
    )
  }
}

export interface RedisProcessOptions {
  /** Whether acknowledged writes survive a restart: the append-only file, synced each second. */
  readonly keepsLog: boolean
  /** The port of a Redis of this machine to copy. @default none */
  readonly replicaOf?: number
}

/** A Redis of its own: on a port that was free, and in a temporary folder that goes with it. */
export class RedisProcess {
  readonly #port: number
  readonly #folder: string
  /** The port of the Redis that this one copies. */
  readonly #replicaOf: number | undefined
  #keepsLog: boolean
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, { keepsLog, replicaOf }: RedisProcessOptions) {
    this.#port = port
    this.#folder = folder
    this.#keepsLog = keepsLog
    this.#replicaOf = replicaOf
  }

  /** @throws NoRedisError if redis-server is not installed. */
  static async start(options: RedisProcessOptions): Promise<RedisProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'reconvene-cluster-'))
    const redis = new RedisProcess(await freePort(), folder, options)
    try {
      await redis.start()
    } catch (error) {
      await redis.close()
      throw error
    }
    return redis
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  /** On the data that is there. Resolves once it answers. */
  async start(): Promise<void> {
    const args = ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '']
    args.push('--appendonly', this.#keepsLog ? 'yes' : 'no', '--loglevel', 'warning')
    if (this.#replicaOf !== undefined) args.push('--replicaof', '127.0.0.1', `${this.#replicaOf}`)
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    this.#child = child
    const ended = new Promise<never>((_, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ENOENT' ? new NoRedisError() : error),
      )
      child.once('exit', () => reject(new Error('unable to start; redis-server ended as it started')))
    })
    await untilItAnswers(this.url, ended)
  }

  /** SIGKILL, and a new start in the same folder. @param keepsLog false: on no data at all. */
  async restart({ keepsLog = this.#keepsLog }: { readonly keepsLog?: boolean } = {}): Promise<void> {
    await this.kill()
    this.#keepsLog = keepsLog
    await this.start()
  }

  /** SIGKILL, as a crash. Resolves once the process has ended. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const { port } = await listen(server, 0, '127.0.0.1')
  server.close()
  await once(server, 'close')
  return port
}

/** @param ended rejects if the server ends instead. */
async function untilItAnswers(url: string, ended: Promise<never>): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  client.on('error', () => {})
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('unable to start; redis-server does not answer')), patience)
  })
  try {
    await Promise.race([client.ping(), tooLate, ended])
  } finally {
    clearTimeout(timer)
    client.disconnect()
  }
}
