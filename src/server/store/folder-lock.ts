import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { Server } from 'node:net'
import { join, resolve } from 'node:path'
import { hashOf } from './file-paths.js'
import { type LockSystem, nodeLockSystem, shortFolder } from './lock-system.js'
import { errnoOf } from './store-file-system.js'

export interface FolderLock {
  release(): Promise<void>
}

/** Another process, or another store of this one, works on the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'

  constructor() {
    super('unable to use the folder; another store has it open. Only one process may use it at a time')
  }
}

/**
 * Locks a folder for this process. The lock dies with the process, however the process ends, and needs no process id: in a
 * container every process is number 1. It does not reach over machines that share the folder by a network.
 *
 * A **claim** is a file in `owner/` whose name is a number and whose content names a socket. The owner is the process that
 * listens on the socket of the highest claim. Why there are never two owners:
 *
 * - A process listens before it makes its claim, so a claim whose socket is dead stays dead.
 * - A process claims number n + 1 only after it has found claim n dead, and a number is claimed once, because a file is
 *   created once.
 * - The highest claim is never removed, not even by a release, so the highest number never falls. A slow process may claim a
 *   low number that was swept away; it looks again before it believes that it owns the folder, and finds the higher claim.
 * - Only an owner sweeps, before it does anything else, so whatever it takes from a process that waits is gone before that
 *   process can find the owner dead. A process whose socket was swept away begins again.
 *
 * @throws FolderInUseError
 */
export async function lockFolder(folder: string, system: LockSystem = nodeLockSystem): Promise<FolderLock> {
  if (process.platform === 'win32') return lockByPipe(folder, system)
  const claims = join(folder, 'owner')
  mkdirSync(claims, { recursive: true })
  const { path, done } = shortFolder(claims, socketName(newId()).length)
  try {
    for (;;) {
      const server = await takeOver(path, system)
      // The claim stays, and leads to nothing that listens.
      if (server) return { release: () => closeServer(server).then(done) }
    }
  } catch (error) {
    done()
    throw error
  }
}

/**
 * Becomes the owner if the last owner is dead. Null if others changed something meanwhile.
 *
 * @throws FolderInUseError
 */
async function takeOver(folder: string, system: LockSystem): Promise<Server | null> {
  const last = highestOf(await system.list(folder))
  if (last > 0) {
    const owner = await system.read(join(folder, `${last}`))
    // The owner of a higher claim has swept this one away.
    if (owner === undefined) return null
    if (await system.isAlive(join(folder, socketName(owner)))) throw new FolderInUseError()
  }
  const id = newId()
  const socket = join(folder, socketName(id))
  const server = await system.listen(socket)
  try {
    const mine = last + 1
    if (await system.create(join(folder, `${mine}`), id, join(folder, `${id}.draft`))) {
      const names = await system.list(folder)
      if (highestOf(names) === mine && (await system.isAlive(socket))) {
        for (const name of names)
          if (name !== `${mine}` && name !== socketName(id)) await system.remove(join(folder, name))
        return server
      }
    }
  } catch (error) {
    await closeServer(server)
    throw error
  }
  await closeServer(server)
  return null
}

/** @throws Error if a claim has a number that no store counts to: the next one could not be told from it. */
function highestOf(names: readonly string[]): number {
  let highest = 0
  for (const name of names) if (/^[1-9]\d*$/.test(name)) highest = Math.max(highest, Number(name))
  if (highest < Number.MAX_SAFE_INTEGER) return highest
  throw new Error(
    'unable to lock the folder; a file in its folder "owner" has a number that no store gave it',
  )
}

const newId = () => randomBytes(6).toString('hex')

const socketName = (id: string) => `${id}.sock`

const closeServer = (server: Server) => new Promise<void>((resolved) => server.close(() => resolved()))

/** Windows removes the name of a pipe with its process. */
async function lockByPipe(folder: string, system: LockSystem): Promise<FolderLock> {
  try {
    const server = await system.listen(`\\\\.\\pipe\\${hashOf(resolve(folder))}`)
    return { release: () => closeServer(server) }
  } catch (error) {
    throw errnoOf(error) === 'EADDRINUSE' ? new FolderInUseError() : error
  }
}
