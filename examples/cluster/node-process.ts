import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { NodeSettings } from './serve-node.js'

export type NodeState = 'starting' | 'up' | 'paused' | 'down'

export interface NodeProcessOptions extends Omit<NodeSettings, 'port'> {
  /** The program, which calls `runNode`. */
  readonly program: string
  /** Called with what the program sends, beside its port. */
  readonly onMessage?: ((message: unknown) => void) | undefined
}

/** Milliseconds that a node which was asked to end may take. */
const patience = 5000

/** One node, as a process of its own, on the same port after each start. */
export class NodeProcess {
  readonly #options: NodeProcessOptions
  #child: ChildProcess | undefined
  #port = 0
  #state: NodeState = 'down'

  constructor(options: NodeProcessOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get state(): NodeState {
    return this.#state
  }

  get port(): number {
    return this.#port
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves once it listens. @throws Error if it ends before that. */
  async start(): Promise<void> {
    const { program, onMessage, ...settings } = this.#options
    this.#state = 'starting'
    const child = fork(program, [JSON.stringify({ ...settings, port: this.#port })], {
      // The runner's own flags are not the node's.
      execArgv: ['--import', 'tsx'],
    })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: { type?: unknown; port?: unknown }) => {
        if (message.type !== 'listening') return onMessage?.(message)
        this.#port = Number(message.port)
        this.#state = 'up'
        return resolve()
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        this.#state = 'down'
        reject(new Error(`unable to start ${settings.name}; it ended with ${signal ?? code}`))
      })
    })
  }

  /** SIGKILL, as a crash. Resolves once the process has ended. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Lets what runs finish, or end as interrupted. */
  async stop(): Promise<void> {
    const force = setTimeout(() => void this.kill(), patience)
    await this.#end('SIGTERM')
    clearTimeout(force)
  }

  /** SIGSTOP: it holds its connections and does nothing. */
  pause(): void {
    if (this.#state !== 'up') return
    this.#child?.kill('SIGSTOP')
    this.#state = 'paused'
  }

  /** SIGCONT: it goes on as if no time had passed. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#child?.kill('SIGCONT')
    this.#state = 'up'
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
