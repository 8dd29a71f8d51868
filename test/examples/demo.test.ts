import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Demo, type DemoOptions, startDemo } from '../../examples/demo.js'
import { MockServerProcess } from '../../examples/mock-server-process.js'

// It starts a process and bundles the pages' dependencies, which takes seconds on a slow machine.
const patience = 60_000

/** What `localhost` means on this machine, which may be without IPv6. */
const localhost = ['127.0.0.1', '::1'].filter((host) =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host)),
)

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function started(options: DemoOptions = {}): Promise<Demo> {
  const demo = await startDemo({ port: 0, ...options })
  undo.push(() => demo.close())
  return demo
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm run demo', () => {
  it(
    'serves both pages, and tells each where the server is',
    async () => {
      const demo = await started()
      const { port } = new URL(demo.reactUrl)
      const each = localhost.map(
        (host) => `http://${host.includes(':') ? `[${host}]` : host}:${port}/react-chat/`,
      )
      for (const url of [demo.reactUrl, demo.vanillaUrl, ...each]) {
        const page = await (await fetch(url)).text()
        expect(page).toContain(`<meta name="reconvene-server" content="${demo.serverUrl}">`)
      }
    },
    patience,
  )

  it(
    'starts a killed server again at the same address, and ends it with the pages',
    async () => {
      const starts: { url: string; pid: number }[] = []
      let startedAgain = () => {}
      const again = new Promise<void>((resolve) => {
        startedAgain = resolve
      })
      const demo = await started({
        onServerStart: (server) => {
          starts.push(server)
          if (starts.length === 2) startedAgain()
        },
      })
      const first = demo.serverPid
      if (first === undefined) throw new Error('unable to go on; the server has no process')
      process.kill(first, 'SIGKILL')
      await again
      const second = demo.serverPid
      expect(second).not.toBe(first)
      expect(starts.map(({ url }) => url)).toEqual([demo.serverUrl, demo.serverUrl])
      await demo.close()
      expect(second !== undefined && isRunning(second)).toBe(false)
      await expect(fetch(demo.reactUrl)).rejects.toThrow('fetch failed')
    },
    patience,
  )

  // Another program's page would come up where a browser takes `localhost` for the other address.
  it.each(localhost)(
    'says that a port is taken on %s, and the way out',
    async (host) => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, host, resolve))
      undo.push(() => new Promise((resolve) => other.close(resolve)))
      const address = other.address()
      const port = typeof address === 'object' && address ? address.port : 0
      await expect(startDemo({ port })).rejects.toThrow(
        `unable to start the demo; port ${port} is taken. End what uses it, or choose another: npm run demo -- --port 0`,
      )
    },
    patience,
  )
})

describe('the mock server of the demo', () => {
  function supervised() {
    const failures: Error[] = []
    let starts = 0
    let changed = () => {}
    const server = new MockServerProcess({
      args: ['--log-level', 'silent'],
      onStart: () => {
        starts += 1
        changed()
      },
      onFailure: (error) => {
        failures.push(error)
        changed()
      },
      onLog: () => {},
    })
    undo.push(() => server.close())
    const kill = () => process.kill(server.pid ?? Number.NaN, 'SIGKILL')
    /** Kills the server, and waits for the process that follows it, which does not listen yet. */
    const killed = async () => {
      const { pid } = server
      kill()
      while (server.pid === pid) await setImmediate()
    }
    const change = () => new Promise<void>((resolve) => (changed = resolve))
    return { server, failures, starts: () => starts, kill, killed, change }
  }

  it(
    'is no failure when it is closed while it starts again',
    async () => {
      const { server, failures, killed } = supervised()
      await server.start()
      await killed()
      await server.close()
      await setImmediate()
      expect(failures).toEqual([])
    },
    patience,
  )

  it(
    'starts again when it is killed while it starts again',
    async () => {
      const { server, failures, starts, kill, killed, change } = supervised()
      await server.start()
      const next = change()
      await killed()
      kill()
      await next
      expect(failures).toEqual([])
      expect(starts()).toBe(2)
    },
    patience,
  )
})
