import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
/** The exit code by which the mock server asks to be started again. */
const restartCode = 75
/** How long a server that was asked to stop may take, in milliseconds. */
const patience = 5000

export interface MockServerProcessOptions {
  /** The server's command line, without its port. */
  readonly args: readonly string[]
  /** Called at each start, the first included. */
  readonly onStart: (server: { url: string; pid: number }) => void
  /** Called when it ended in a way that starting again would not mend. */
  readonly onFailure: (error: Error) => void
  /** Called with what the server writes to its log. @default it goes to this process's standard error */
  readonly onLog?: ((text: string) => void) | undefined
}

/**
 * Runs the mock server as a process of its own, so that it can be killed as a real one is, and starts it again on the
 * same port when it asks for that or is killed.
 */
export class MockServerProcess {
  readonly #options: MockServerProcessOptions
  #child: ChildProcess | undefined
  #port = '0'
  #closing = false

  constructor(options: MockServerProcessOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the server listens. @throws Error if it ends before that. */
  start(): Promise<void> {
    const main = fileURLToPath(new URL('./mock-server/main.ts', import.meta.url))
    const args = ['--import', 'tsx', main, '--port', this.#port, ...this.#options.args]
    const { onLog } = this.#options
    const child = spawn(process.execPath, args, {
      cwd: repository,
      stdio: ['ignore', 'pipe', onLog ? 'pipe' : 'inherit'],
    })
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => onLog?.(text))

    return new Promise((resolve, reject) => {
      let listening = false
      let output = ''
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        const found = /listening on (http:\/\/\S+:(\d+))/.exec(output)
        if (listening || !found?.[1] || !found[2] || child.pid === undefined) return
        listening = true
        this.#port = found[2]
        this.#options.onStart({ url: found[1], pid: child.pid })
        resolve()
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        if (!listening) reject(new Error(`unable to start the mock server; it ended with ${signal ?? code}`))
        else this.#ended(code, signal)
      })
    })
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, error = unableToGoOn(signal ?? code)) {
    if (this.#closing) return
    if (code !== restartCode && signal !== 'SIGKILL') return this.#options.onFailure(error)
    // It may end again before it listens, killed once more or closed, and then the same holds.
    this.start().catch((failure) => {
      const { exitCode = null, signalCode = null } = this.#child ?? {}
      this.#ended(exitCode, signalCode, failure)
    })
  }

  /** Ends the server; by force if it takes too long. */
  async close(): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill('SIGKILL'), patience)
      child.once('exit', () => {
        clearTimeout(force)
        resolve()
      })
      child.kill('SIGTERM')
    })
  }
}

const unableToGoOn = (reason: number | string | null) =>
  new Error(`unable to go on; the mock server ended with ${reason}`)
