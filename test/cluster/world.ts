import { fileURLToPath } from 'node:url'
import { Cluster } from '../../examples/cluster/cluster.js'
import { RedisProcess } from '../../examples/cluster/redis-process.js'
import { RedisLine } from './redis-line.js'

const program = fileURLToPath(new URL('./node.ts', import.meta.url))

interface NodeMessage {
  readonly type: 'run' | 'blow'
  readonly taskId: string
  readonly attempt: number
  readonly node: string
}

/** Three nodes and a Redis, as processes, with a line between them that can be harmed. */
export class World {
  readonly leaseMs = 2000
  readonly redis: RedisProcess
  readonly line: RedisLine
  readonly #runs = new Map<string, number>()
  #onBlow: (node: string) => void = () => {}
  #cluster: Cluster | undefined

  private constructor(redis: RedisProcess) {
    this.redis = redis
    this.line = new RedisLine(redis.port)
  }

  static async start(): Promise<World> {
    const world = new World(await RedisProcess.start({ keepsLog: true }))
    try {
      await world.line.start()
      world.#cluster = await Cluster.start({
        program,
        redisUrl: world.line.url,
        prefix: 'reconvene-test:',
        leaseMs: world.leaseMs,
        paceMs: 10,
        onMessage: (message) => world.#hear(message as NodeMessage),
      })
      return world
    } catch (error) {
      await world.close()
      throw error
    }
  }

  get cluster(): Cluster {
    if (!this.#cluster) throw new Error('unable to go on; the cluster is not up')
    return this.#cluster
  }

  /** Called with the node whose answer waits for its blow, from now on. */
  onBlow(listener: (node: string) => void): void {
    this.#onBlow = listener
  }

  /** Runs beyond the first of each attempt of each task, since it was asked last. */
  takeSecondRuns(): number {
    const seconds = [...this.#runs.values()].reduce((sum, runs) => sum + runs - 1, 0)
    this.#runs.clear()
    return seconds
  }

  async close(): Promise<void> {
    await this.#cluster?.close()
    await this.line.close()
    await this.redis.close()
  }

  #hear({ type, taskId, attempt, node }: NodeMessage): void {
    if (type === 'blow') {
      this.#onBlow(node)
      return
    }
    const name = `${taskId} ${attempt}`
    this.#runs.set(name, (this.#runs.get(name) ?? 0) + 1)
  }
}
