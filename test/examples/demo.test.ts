import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type Demo, type DemoOptions, startDemo } from '../../examples/demo.js'

// It starts a process and bundles the pages' dependencies, which takes seconds on a slow machine.
const patience = 60_000

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
      for (const url of [demo.reactUrl, demo.vanillaUrl]) {
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

  it(
    'says that a port is taken, and the way out',
    async () => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
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
