import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AttackOrder, AttackReport, CorrectReport, ServerOrder, ServerReport } from './orders.js'

// A heap that is small enough to overflow where an attack can fill it.
const serverFlags = ['--expose-gc', '--max-old-space-size=400']

/** A process that answers one order after the other. Whatever is waited for rejects if the process ends. */
class Child<Order, Report> {
  readonly #process: ChildProcess
  readonly #ended: Promise<never>
  #isExpected = false

  constructor(file: string, args: readonly string[] = [], flags: readonly string[] = []) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: ['--import', 'tsx', ...flags],
    })
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      if (this.#isExpected) return new Promise<never>(() => {})
      throw new Error(`${file} has ended with ${signal ?? code}`)
    })
    this.#ended.catch(() => {})
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  next(): Promise<unknown> {
    return Promise.race([once(this.#process, 'message').then(([message]) => message), this.#ended])
  }

  async tell(order: Order): Promise<Report> {
    const answer = this.next()
    this.#process.send(order as object)
    return (await answer) as Report
  }

  close(): void {
    this.#isExpected = true
    this.#process.kill()
  }
}

export type ServerChild = Child<ServerOrder, ServerReport>
export type AttackerChild = Child<AttackOrder, AttackReport>

/** @param kind `busy`: never without work of its own. */
export async function startServer(
  kind: 'plain' | 'without-limits' | 'busy',
): Promise<{ server: ServerChild; url: string }> {
  const server: ServerChild = new Child('./server.ts', [kind], serverFlags)
  return { server, url: String(await server.next()) }
}

export async function startAttacker(): Promise<AttackerChild> {
  const attacker: AttackerChild = new Child('./attacker.ts')
  await attacker.next()
  return attacker
}

export async function runCorrectClient(url: string, ms: number): Promise<CorrectReport> {
  const child = new Child<never, CorrectReport>('./correct-client.ts', [url, String(ms)])
  try {
    return (await child.next()) as CorrectReport
  } finally {
    child.close()
  }
}
