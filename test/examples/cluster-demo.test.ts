import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AnsweringNodes } from '../../examples/cluster/answering-nodes.js'
import { interrupted, type Strike, settled } from '../../examples/cluster-chat/strikes.js'

const program = fileURLToPath(new URL('../../examples/cluster-demo.ts', import.meta.url))

let empty: string
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'reconvene-no-redis-'))
})
afterAll(() => rm(empty, { recursive: true, force: true }))

const run = (args: readonly string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', program, ...args],
      // No program can be found, so no redis-server.
      { env: { ...process.env, PATH: empty, REDIS_URL: undefined } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

describe('npm run demo:cluster', () => {
  it('says in one line how to get Redis if there is none', async () => {
    const { code, stderr } = await run(['--port', '0'])
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/redis-server is not installed.*apt-get install redis-server.*REDIS_URL/)
  })

  it('says in one line that a port is no port', async () => {
    const { code, stderr } = await run(['--port', 'many'])
    expect(code).toBe(1)
    expect(stderr).toBe('unable to start the demo; --port is not a number from 0 to 65535\n')
  })
})

describe('the nodes that write an answer', () => {
  it('are known by what they say, and forgotten when they are killed', () => {
    const nodes = new AnsweringNodes()
    for (const node of ['A', 'B', 'A']) nodes.hear({ type: 'answering', node })
    nodes.hear({ type: 'answered', node: 'A' })
    expect(nodes.names).toEqual(['A', 'B'])
    nodes.hear({ type: 'answered', node: 'B' })
    nodes.forget('A')
    expect(nodes.names).toEqual([])
  })

  it('are not changed by a message of another kind, or by an end without a beginning', () => {
    const nodes = new AnsweringNodes()
    for (const message of [
      { type: 'listening', port: 1 },
      { type: 'answered', node: 'A' },
    ])
      nodes.hear(message)
    nodes.hear({ type: 'answering', node: 'A' })
    expect(nodes.names).toEqual(['A'])
  })
})

describe('what a strike cost', () => {
  const strike: Strike = { kind: 'kill', at: 1000 }
  const answer = { role: 'assistant', status: 'complete' } as never

  it('is the time until the answer was said to be cut off, and until it was whole', () => {
    const cut = interrupted([strike], 4000)
    expect(interrupted(cut, 5000)).toEqual(cut)
    expect(settled(cut, { status: 'streaming', messages: [answer] }, 6000)).toBe(cut)
    const [whole] = settled(cut, { status: 'ready', messages: [answer] }, 9000)
    expect(whole).toEqual({ ...strike, interruptedAt: 4000, wholeAt: 9000 })
  })

  it('is a failure if the answer ended without its end, and is not counted twice', () => {
    const failed = { role: 'assistant', status: 'failed' } as never
    const over = settled([strike], { status: 'error', messages: [failed] }, 9000)
    expect(over).toEqual([{ ...strike, hasFailed: true }])
    expect(settled(over, { status: 'ready', messages: [answer] }, 9500)).toBe(over)
    expect(interrupted(over, 9600)).toEqual(over)
  })
})
