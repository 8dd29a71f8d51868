import type { ChildProcess } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { listen } from '../../../examples/mock-server/listen.js'
import { callOf, type Engine, keyActions, type Tab } from './engine.js'
import { endProgram, readUntil, startProgram } from './program.js'

/** How long the driver may take to listen, in milliseconds. */
const patience = 30_000

/** Starts WebKit, the engine of Safari, as GTK's MiniBrowser on a display that nobody sees, driven by WebDriver. */
export async function startWebKit(): Promise<Engine> {
  const programs: ChildProcess[] = []
  const close = async () => {
    for (const program of programs.splice(0).reverse()) await endProgram(program)
  }
  try {
    // The display's number comes over the fourth pipe.
    const display = await startProgram('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
      debianPackage: 'xvfb',
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    programs.push(display)
    const number = await readUntil(display.stdio[3] as Readable, /(\d+)\n/)

    const port = await freePort()
    const driver = await startProgram('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      debianPackage: 'webkit2gtk-driver',
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: `:${number}` },
    })
    programs.push(driver)
    const session = await openSession(`http://127.0.0.1:${port}`)
    const end = async () => {
      await session.delete('')
      await close()
    }
    // This window stays empty and open, because the last one that is closed would end the session.
    const first = await session.get<string>('/window')
    return { open: (url) => openTab(session, { url, first }), close: end }
  } catch (error) {
    await close()
    throw error
  }
}

/** Commands of WebDriver (W3C) to one browser. */
interface Session {
  get<Value>(path: string): Promise<Value>
  post<Value>(path: string, body: unknown): Promise<Value>
  delete(path: string): Promise<unknown>
}

async function openSession(driver: string): Promise<Session> {
  const deadline = Date.now() + patience
  while (!(await isReady(driver))) {
    if (Date.now() > deadline) throw new Error('unable to start WebKit; its driver does not listen')
    await setTimeout(50)
  }
  const browserOptions = { binary: await findMiniBrowser(), args: ['--automation'] }
  const { sessionId } = await command<{ sessionId: string }>('POST', `${driver}/session`, {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': browserOptions } },
  })
  const session = `${driver}/session/${sessionId}`
  return {
    get: (path) => command('GET', `${session}${path}`),
    post: (path, body) => command('POST', `${session}${path}`, body),
    delete: (path) => command('DELETE', `${session}${path}`),
  }
}

async function command<Value>(method: string, url: string, body?: unknown): Promise<Value> {
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: Value & { error?: string; message?: string } }
  if (!response.ok) throw new Error(`unable to do it in WebKit; ${value.error}: ${value.message}`)
  return value
}

const isReady = (driver: string) =>
  fetch(`${driver}/status`).then(
    ({ ok }) => ok,
    () => false,
  )

interface TabOptions {
  readonly url: string
  /** A window that is open, beside which the tab opens. */
  readonly first: string
}

async function openTab(session: Session, { url, first }: TabOptions): Promise<Tab> {
  await session.post('/window', { handle: first })
  const { handle } = await session.post<{ handle: string }>('/window/new', { type: 'tab' })
  const select = () => session.post('/window', { handle })
  await select()
  await session.post('/url', { url })
  return {
    async run(work, ...args) {
      await select()
      const script = `const done = arguments[arguments.length - 1]; ${callOf(work, args)}.then((result) => done({ result }), (error) => done({ failure: String(error) }))`
      const { result, failure } = await session.post<{ result: string; failure?: string }>('/execute/async', {
        script,
        args: [],
      })
      if (failure !== undefined) throw new Error(`unable to run it in WebKit; ${failure}`)
      return JSON.parse(result)
    },
    async type(text) {
      await select()
      await session.post('/actions', { actions: keyActions(text) })
    },
    async reload() {
      await select()
      await session.post('/refresh', {})
    },
    async close() {
      await select()
      await session.delete('/window')
    },
  }
}

/** @throws Error if there is none, with the way to get one. */
async function findMiniBrowser(): Promise<string> {
  const libraries = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const folders = await readdir(libraries).catch(() => [])
  const newest = folders
    .filter((folder) => /^webkit2gtk-4\.\d$/.test(folder))
    .sort()
    .at(-1)
  if (!newest) throw new Error('unable to find WebKit; Debian: apt install webkit2gtk-driver')
  return join(libraries, newest, 'MiniBrowser')
}

/** The driver cannot say which port the system chose. */
async function freePort(): Promise<number> {
  const server = createServer()
  const { port } = await listen(server, 0, '127.0.0.1')
  await new Promise((resolve) => server.close(resolve))
  return port
}
