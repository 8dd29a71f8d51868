import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { saying, WireClient } from '../support/wire-client.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Started {
  readonly process: ChildProcess
  /** What it has printed so far. */
  readonly out: () => string
  readonly err: () => string
  readonly exited: Promise<number | null>
}

function run(...args: string[]): Started {
  const command = ['--import', 'tsx', 'examples/mock-server/main.ts', ...args]
  const child = spawn(process.execPath, command, { cwd: root })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (text.out += chunk))
  child.stderr.on('data', (chunk) => (text.err += chunk))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  return { process: child, out: () => text.out, err: () => text.err, exited }
}

async function started(...args: string[]): Promise<Started & { url: string; client: WireClient }> {
  const server = run(...args)
  const exit = server.exited.then((code) => {
    throw new Error(`unable to start; exit code ${code}: ${server.err()}`)
  })
  exit.catch(() => {})
  while (!server.out().includes('\n')) {
    await Promise.race([once(server.process.stdout ?? server.process, 'data'), exit])
  }
  const url = server.out().match(/^mock server listening on (http:\/\/127\.0\.0\.1:\d+)\n$/)?.[1] ?? ''
  const client = new WireClient(url)
  cleanups.push(() => client.close())
  await client.connected()
  return { ...server, url, client }
}

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'mock-server-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  return folder
}

const c = { conversation_id: 'c' }
const send = (taskId: string) => ({ ...c, task_id: taskId, input: saying(`m-${taskId}`, 'a long story') })

describe('the mock server as a process', () => {
  it('keeps what it acknowledged when it is killed, and ends what it was saying', async () => {
    const args = ['--port', '0', '--faults', '--store', join(temporaryFolder(), 'chats')]

    const first = await started(...args)
    const { epoch } = await first.client.request('chat:join', { ...c, after: null })
    await first.client.request('chat:send', send('t1'))
    await first.client.request('chat:send', send('t2'))
    const lastSeen = await first.client.event(({ type }) => type === 'delta')
    first.process.kill('SIGKILL')
    await first.exited

    const second = await started(...args)
    const missed = await second.client.request('chat:join', {
      ...c,
      after: { epoch, offset: lastSeen.offset },
    })
    expect(missed).toMatchObject({ epoch, snapshot: null })
    expect(missed.events).toContainEqual(
      expect.objectContaining({ type: 'error', task_id: 't1', code: 'interrupted', retryable: true }),
    )
    expect(await second.client.request('chat:send', send('t1'))).toMatchObject({
      duplicate: true,
      state: 'failed',
    })
    expect(await second.client.request('chat:send', send('t2'))).toMatchObject({
      duplicate: true,
      state: 'running',
    })

    second.client.socket.emit('demo:faults', { kind: 'restart' })
    expect(await second.exited).toBe(75)
  }, 30_000)

  it('announces its end on SIGTERM and exits with 0', async () => {
    const server = await started('--port', '0', '--reconnect-spread-ms', '250', '--log-level', 'silent')
    const announced = new Promise((resolve) => server.client.socket.once('chat:closing', resolve))
    server.process.kill('SIGTERM')
    expect(await announced).toEqual({ reconnect_spread_ms: 250 })
    expect(await server.exited).toBe(0)
    expect(server.err()).toBe('')
  }, 30_000)

  it('says in one line what is wrong with its port, its folder and its options', async () => {
    const server = await started('--port', '0', '--log-level', 'silent')
    const { port } = new URL(server.url)
    const untouched = temporaryFolder()
    const [taken, noFolder, unknown, help] = [
      run('--port', port, '--store', untouched),
      run('--port', '0', '--store', join(root, 'package.json', 'chats')),
      run('--dance'),
      run('--help'),
    ]
    expect(await taken.exited).toBe(1)
    expect(taken.err()).toBe(
      `unable to listen; port ${port} is taken. Choose another with --port N, or --port 0 for one that is free.\n`,
    )
    expect(readdirSync(untouched)).toEqual([])
    expect(await noFolder.exited).toBe(1)
    expect(noFolder.err()).toBe('unable to open the store; --store must name a folder.\n')
    expect(await unknown.exited).toBe(2)
    expect(unknown.err()).toBe("unable to use the options; Unknown option '--dance'. See --help.\n")
    expect(await help.exited).toBe(0)
    expect(help.out()).toContain('--reconnect-spread-ms N')
  }, 30_000)
})
