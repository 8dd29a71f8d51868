import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from 'socket.io'
import ts from 'typescript'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatServer } from '../../src/server/index.js'
import { saying, textOf, WireClient } from '../support/wire-client.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(root, 'docs/server.md'), 'utf8')
const programs = [...page.matchAll(/^```ts (\w+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => ({
  name,
  code,
}))

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Running {
  readonly io: Server
  readonly chat: ChatServer
}

/** Runs a program of the page as it stands, on a port that is free and in a folder of its own. */
async function run({ code }: { readonly code: string }): Promise<Running> {
  const folder = await mkdtemp(join(root, 'test/server/program-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'program.ts')
  const placed = code
    .replace('new Server(3001', 'new Server(0')
    .replaceAll("'./conversations'", JSON.stringify(join(folder, 'store')))
  await writeFile(file, `${placed}\nexport { io, chat }\n`)
  const signals = process.listeners('SIGTERM')
  const running = (await import(/* @vite-ignore */ file)) as Running
  cleanups.push(async () => {
    await running.chat.close({ drainMs: 0 })
    await running.io.close()
    for (const listener of process.listeners('SIGTERM'))
      if (!signals.includes(listener)) process.off('SIGTERM', listener)
  })
  return running
}

const origin = 'https://chat.example'

async function connect({ io }: Running, token?: string): Promise<WireClient> {
  const { port } = io.httpServer.address() as { port: number }
  const auth = { protocol: 1, ...(token !== undefined && { token }) }
  const client = new WireClient(`http://127.0.0.1:${port}`, auth, token ? { extraHeaders: { origin } } : {})
  cleanups.push(() => client.close())
  await client.connected()
  return client
}

async function answerOf(client: WireClient, conversation = 'demo'): Promise<string> {
  await client.request('chat:join', { conversation_id: conversation, after: null })
  const input = saying('m', 'hello there')
  await client.request('chat:send', { conversation_id: conversation, task_id: 't', input })
  await client.event(({ type, task_id }) => type === 'finish' && task_id === 't')
  return textOf(client.events)
}

const program = (name: string) => {
  const found = programs.find((one) => one.name === name)
  if (!found) throw new Error(`unable to run; docs/server.md has no program "${name}"`)
  return found
}

// Each program is compiled as it is imported, which takes seconds on a busy machine.
describe('the programs of docs/server.md', { timeout: 60_000 }, () => {
  it('pass the type check', async () => {
    const folder = await mkdtemp(join(root, 'test/server/program-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const files = await Promise.all(
      programs.map(async ({ name, code }) => {
        const file = join(folder, `${name}.ts`)
        await writeFile(file, code)
        return file
      }),
    )
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
    const checked = ts.createProgram(files, options)
    const problems = ts.getPreEmitDiagnostics(checked).map(({ messageText }) => messageText)
    expect(problems).toEqual([])
    expect(files.length).toBeGreaterThanOrEqual(9)
  }, 120_000)

  it.each([
    ['start', 'You have said 1 things.'],
    ['answering', 'hello there '],
    ['storing', 'This stays.'],
    ['closing', 'Goodbye.'],
  ])('%s answers a guest', async (name, expected) => {
    expect(await answerOf(await connect(await run(program(name))))).toBe(expected)
  })

  it('authentication knows who asks, and refuses whom it does not know', async () => {
    const running = await run(program('authentication'))
    expect(await answerOf(await connect(running, 'secret-of-ann'))).toBe('Hello, Ann.')
    await expect(connect(running, 'guessed')).rejects.toThrow('refused')
  })

  it('sharing lets the members of a team meet, and keeps others out', async () => {
    const running = await run({
      code: program('sharing').code.replace('new ChatServer({', `new ChatServer({ origins: ['${origin}'],`),
    })
    const ann = await connect(running, 'ann')
    expect(await answerOf(ann, 'team-1:plans')).toBe('ann asks in team-1.')
    const bob = await connect(running, 'bob')
    const plans = { conversation_id: 'team-1:plans', after: null }
    expect((await bob.request('chat:join', plans)).offset).toBeGreaterThan(0)
    const eve = await connect(running, 'eve')
    expect(await eve.ask('chat:join', plans)).toMatchObject({ error: { code: 'forbidden' } })
  })

  it('tools goes on once a person has approved', async () => {
    const client = await connect(await run(program('tools')))
    expect(await answerOf(client)).toBe('I would book this table.')
    const input = { kind: 'tool', tool_call_id: 'call-1', approved: true }
    await client.request('chat:send', { conversation_id: 'demo', task_id: 'u', input })
    await client.event(({ type, task_id }) => type === 'finish' && task_id === 'u')
    expect(textOf(client.events)).toBe('I would book this table.The table is booked.')
  })

  it('speaking has said both by the time that someone comes', async () => {
    const client = await connect(await run(program('speaking')))
    const join = { conversation_id: 'demo', after: null }
    await expect
      .poll(async () => {
        const { snapshot } = await client.request('chat:join', join)
        return snapshot?.messages.map(({ parts }) =>
          parts.map((part) => ('text' in part ? part.text : '')).join(),
        )
      })
      .toEqual(['Welcome.', 'Your report is ready.'])
  })

  it('deploying serves the pages that it names', async () => {
    expect(await answerOf(await connect(await run(program('deploying')), 'ann'))).toBe(
      'Hello from behind a proxy.',
    )
  })
})
