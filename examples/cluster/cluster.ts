import { Balancer } from './balancer.js'
import { NodeProcess, type NodeState } from './node-process.js'
import { RedisProcess } from './redis-process.js'

export interface ClusterOptions {
  /** The program of each node. */
  readonly program: string
  /** A Redis that runs already. @default one that the cluster starts */
  readonly redisUrl?: string | undefined
  /** @default 'reconvene-demo:' */
  readonly prefix?: string
  /** @default 3000 */
  readonly leaseMs?: number
  /** @default 60 */
  readonly paceMs?: number
  /** Called with what a node's program sends. */
  readonly onMessage?: (message: unknown) => void
}

export interface ClusterState {
  readonly nodes: readonly { readonly name: string; readonly state: NodeState }[]
  readonly redis: 'up' | 'down'
  /** Whether Redis is the cluster's own; another's is left alone. */
  readonly canRestartRedis: boolean
  readonly leaseMs: number
}

const names = ['A', 'B', 'C']

/** Several nodes behind one address, on one Redis. It ends only processes that it started. */
export class Cluster {
  readonly #nodes: readonly NodeProcess[]
  readonly #redis: RedisProcess | undefined
  readonly #balancer: Balancer
  readonly #leaseMs: number
  readonly #timers = new Set<NodeJS.Timeout>()
  #redisState: 'up' | 'down' = 'up'
  #isClosed = false

  private constructor(nodes: readonly NodeProcess[], redis: RedisProcess | undefined, leaseMs: number) {
    this.#nodes = nodes
    this.#redis = redis
    this.#leaseMs = leaseMs
    this.#balancer = new Balancer(nodes.map(({ port }) => port))
  }

  /** @throws NoRedisError; Error if a node does not start. Nothing is left running then. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { redisUrl, prefix = 'reconvene-demo:', leaseMs = 3000, paceMs = 60, program, onMessage } = options
    const redis = redisUrl === undefined ? await RedisProcess.start({ keepsLog: true }) : undefined
    const shared = { program, prefix, leaseMs, paceMs, onMessage, redisUrl: redis?.url ?? redisUrl ?? '' }
    const nodes = names.map((name) => new NodeProcess({ ...shared, name }))
    try {
      const started = await Promise.allSettled(nodes.map((node) => node.start()))
      for (const result of started) if (result.status === 'rejected') throw result.reason
      const cluster = new Cluster(nodes, redis, leaseMs)
      await cluster.#balancer.start()
      return cluster
    } catch (error) {
      for (const node of nodes) await node.kill()
      await redis?.close()
      throw error
    }
  }

  /** Of all nodes. */
  get url(): string {
    return this.#balancer.url
  }

  /** Of each node alone, past the balancer. */
  get nodeUrls(): readonly string[] {
    return this.#nodes.map(({ port }) => `http://127.0.0.1:${port}`)
  }

  get state(): ClusterState {
    return {
      nodes: this.#nodes.map(({ name, state }) => ({ name, state })),
      redis: this.#redisState,
      canRestartRedis: this.#redis !== undefined,
      leaseMs: this.#leaseMs,
    }
  }

  /** Milliseconds of which each pause is longer than a lease. */
  get #pauseMs(): number {
    return this.#leaseMs * 2
  }

  /** SIGKILL; the node is started again. @returns whether there was such a node that ran. */
  async kill(name: string): Promise<boolean> {
    const node = this.#running(name)
    if (!node) return false
    await node.kill()
    if (!this.#isClosed) node.start().catch(() => {})
    return true
  }

  /** One node after the other is asked to end, and started again. */
  async restartNodes(): Promise<void> {
    for (const node of this.#nodes) {
      await node.stop()
      await node.start()
    }
  }

  /** Resolves once every node is up. */
  async untilUp(): Promise<void> {
    while (this.#nodes.some(({ state }) => state !== 'up'))
      await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** SIGSTOP for twice a lease. @returns whether there was such a node that ran. */
  pause(name: string): boolean {
    const node = this.#running(name)
    if (!node) return false
    node.pause()
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      node.resume()
    }, this.#pauseMs)
    this.#timers.add(timer)
    return true
  }

  /** SIGKILL, and a new start on the same data. @returns false if Redis is another's, or is restarting. */
  async restartRedis(): Promise<boolean> {
    if (!this.#redis || this.#redisState === 'down') return false
    this.#redisState = 'down'
    await this.#redis.restart()
    this.#redisState = 'up'
    return true
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const node of this.#nodes) node.resume()
    await this.#balancer.close()
    await Promise.all(this.#nodes.map((node) => node.stop()))
    await this.#redis?.close()
  }

  #running(name: string): NodeProcess | undefined {
    return this.#nodes.find((node) => node.name === name && node.state === 'up')
  }
}
