import { renameSync } from 'node:fs'
import type { Server } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FolderInUseError, type FolderLock, lockFolder } from '../../../src/server/store/folder-lock.js'
import { type LockSystem, nodeLockSystem } from '../../../src/server/store/lock-system.js'
import type { Random } from '../../../src/shared/clock.js'
import { seededRandom } from '../../support/random.js'
import { temporaryFolder } from './temporary-folder.js'

/** A process that wants the folder: each of its operations waits until the test lets it happen. */
class Contender {
  lock: FolderLock | null = null
  isOver = false
  #go: (() => void) | null = null
  #parked: () => void = () => {}
  readonly #sockets: { path: string; server: Server }[] = []

  constructor(folder: string) {
    const gated = <Arguments extends unknown[], Result>(
      operation: (...given: Arguments) => Promise<Result>,
    ): ((...given: Arguments) => Promise<Result>) => {
      return async (...given) => {
        await new Promise<void>((go) => {
          this.#go = go
          this.#parked()
        })
        return operation(...given)
      }
    }
    const { listen, isAlive, list, read, create, remove } = nodeLockSystem
    const system: LockSystem = {
      listen: gated(async (path) => {
        const server = await listen(path)
        this.#sockets.push({ path, server })
        return server
      }),
      isAlive: gated(isAlive),
      list: gated(list),
      read: gated(read),
      create: gated(create),
      remove: gated(remove),
    }
    lockFolder(folder, system).then(
      (lock) => {
        this.lock = lock
        this.#parked()
      },
      (error) => {
        this.isOver = true
        expect(error).toBeInstanceOf(FolderInUseError)
        this.#parked()
      },
    )
  }

  get isWaiting(): boolean {
    return this.#go !== null
  }

  /** Lets the next operation happen, up to the operation after it. */
  async step(): Promise<void> {
    const parked = new Promise<void>((resolved) => {
      this.#parked = resolved
    })
    const go = this.#go
    this.#go = null
    go?.()
    await parked
  }

  /** Dies as by SIGKILL: nothing more happens, and the files of its sockets stay, with no process that listens. */
  async kill(): Promise<void> {
    this.#go = null
    this.isOver = true
    this.lock = null
    for (const { path, server } of this.#sockets) {
      if (!server.listening) continue
      const kept = `${path}.kept`
      try {
        renameSync(path, kept)
      } catch {
        // Another process has swept the socket away.
        server.close()
        continue
      }
      await new Promise((closed) => server.close(closed))
      renameSync(kept, path)
    }
  }
}

/** Lets contenders come, go on and die in a random order, and counts who believes to own the folder. */
async function play(random: Random): Promise<{ owners: number; changes: number }> {
  const folder = temporaryFolder()
  const contenders: Contender[] = []
  let most = 0
  let changes = 0
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  for (let step = 0; step < 120; step += 1) {
    const alive = contenders.filter(({ isOver }) => !isOver)
    const owners = alive.filter(({ lock }) => lock)
    const dice = random()
    if (alive.length < 4 && dice < 0.25) contenders.push(new Contender(folder))
    else if (dice < 0.32) await pick(owners)?.kill()
    else if (dice < 0.34) await pick(alive)?.kill()
    else {
      const next = pick(alive.filter(({ isWaiting }) => isWaiting))
      await next?.step()
      if (next?.lock) changes += 1
    }
    most = Math.max(most, contenders.filter(({ lock }) => lock).length)
  }
  for (const contender of contenders) await contender.kill()
  // The folder is free at once.
  await (await lockFolder(folder)).release()
  return { owners: most, changes }
}

describe('the lock of a folder, if processes come and die between any two operations', () => {
  it('has never two owners, in 100 random orders', async () => {
    let changes = 0
    for (let seed = 1; seed <= 100; seed += 1) {
      const played = await play(seededRandom(seed))
      expect({ seed, owners: played.owners }).toEqual({ seed, owners: Math.min(1, played.owners) })
      changes += played.changes
    }
    // The folder changed hands often enough to mean something.
    expect(changes).toBeGreaterThan(200)
  }, 60_000)
})
