import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { buildProgram } from './build-program.js'
import { temporaryFolder } from './temporary-folder.js'

/** `STORE_KILLS=100` is the whole of it. */
const rounds = Number(process.env.STORE_KILLS ?? 15)

describe('the lock of a folder, if its owner is killed', () => {
  it(`goes to one of three waiting processes, ${rounds} times`, async () => {
    const folder = temporaryFolder()
    const program = await buildProgram('./locking-process.ts', temporaryFolder())
    const owners: ChildProcess[] = []
    const waiting = new Set<ChildProcess>()
    let complaint = ''
    let told = () => {}
    const nextOwner = () =>
      new Promise<void>((resolve) => {
        told = resolve
      })
    let next = nextOwner()
    const start = () => {
      const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'pipe'] })
      waiting.add(child)
      child.stderr?.on('data', (data) => {
        complaint += data
      })
      child.stdout?.once('data', () => {
        owners.push(child)
        waiting.delete(child)
        told()
      })
    }
    try {
      for (let count = 0; count < 4; count += 1) start()
      for (let round = 0; round < rounds; round += 1) {
        await next
        next = nextOwner()
        expect(owners).toHaveLength(1)
        const [owner] = owners.splice(0)
        owner?.kill('SIGKILL')
        start()
        if (owner) await once(owner, 'close')
      }
      expect(complaint).toBe('')
    } finally {
      const left = [...owners, ...waiting]
      for (const child of left) child.kill('SIGKILL')
      await Promise.all(left.map((child) => once(child, 'close')))
    }
  }, 120_000)
})
