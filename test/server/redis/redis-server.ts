import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RedisServer {
  readonly port: number
  readonly process: ChildProcess
  /** Ends the process at once and starts it again on the same port and in the same folder. */
  restart(): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('unable to find a free port')
  return address.port
}

/** A Redis of the test's own, that keeps nothing unless told otherwise. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'reconvene-redis-'))
  const port = await freePort()
  const defaults = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const start = async () => {
    const args = ['--port', `${port}`, '--dir', folder, ...defaults, ...options]
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    const failed = once(child, 'error').then(() => {
      throw new Error('redis-server could not be started; install Redis 7 or newer to run these tests')
    })
    await Promise.race([untilItAnswers(port, child), failed])
    failed.catch(() => {})
    return child
  }
  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  let child = await start()
  return {
    port,
    get process() {
      return child
    },
    restart: async () => {
      await end(child)
      child = await start()
    },
    stop: async () => {
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(port: number, child: ChildProcess): Promise<void> {
  const { connect } = await import('node:net')
  const deadline = performance.now() + 15_000
  for (;;) {
    if (child.exitCode !== null) throw new Error('redis-server ended as it started')
    if (performance.now() > deadline) throw new Error('redis-server did not answer')
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
      socket.once('data', (data) => {
        socket.destroy()
        resolve(data.toString().startsWith('+PONG'))
      })
      socket.once('error', () => resolve(false))
    })
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
