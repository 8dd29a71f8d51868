import { closeSync, openSync } from 'node:fs'
import { link, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { resolve } from 'node:path'
import { errnoOf, isMissing } from './store-file-system.js'

/** The operations by which processes agree on the owner of a folder. Tests give operations that wait for their turn. */
export interface LockSystem {
  /** Listens on a socket at this path. The process's end closes the socket, however the process ends. */
  listen(path: string): Promise<Server>
  isAlive(path: string): Promise<boolean>
  list(folder: string): Promise<readonly string[]>
  /** The content, or undefined if there is no such file. */
  read(path: string): Promise<string | undefined>
  /** Makes a file together with its content. False if a file of that name exists, or if somebody removes the draft meanwhile. */
  create(path: string, content: string, draft: string): Promise<boolean>
  remove(path: string): Promise<void>
}

export const nodeLockSystem: LockSystem = {
  listen: (path) =>
    new Promise((resolved, reject) => {
      const server = createServer((socket) => socket.destroy())
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        server.on('error', () => {})
        // The lock keeps no process alive.
        resolved(server.unref())
      })
    }),

  isAlive: (path) =>
    new Promise((resolved) => {
      const socket = connect(path)
      socket.once('connect', () => {
        socket.destroy()
        resolved(true)
      })
      // Any other failure proves nothing: a paused process whose queue is full refuses with EAGAIN.
      socket.once('error', (error) => resolved(!isMissing(error) && errnoOf(error) !== 'ECONNREFUSED'))
    }),

  list: (folder) => readdir(folder),

  async read(path) {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },

  async create(path, content, draft) {
    await writeFile(draft, content, { flag: 'wx' })
    try {
      await link(draft, path)
      return true
    } catch (error) {
      if (isMissing(error) || errnoOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await nodeLockSystem.remove(draft)
    }
  },

  async remove(path) {
    try {
      await unlink(path)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  },
}

/** The longest path that a socket may have: 104 bytes with its end on macOS, 108 on Linux. */
const MAX_SOCKET_PATH = 103

/** A name for the folder under which its sockets have paths that are short enough. `done` gives the name back. */
export function shortFolder(folder: string, maxName: number): { path: string; done: () => void } {
  const path = resolve(folder)
  const most = MAX_SOCKET_PATH - maxName - 1
  if (Buffer.byteLength(path) <= most) return { path, done: () => {} }
  if (process.platform !== 'linux')
    throw new RangeError(`unable to lock the folder; the path of its lock is longer than ${most} bytes`)
  const descriptor = openSync(path, 'r')
  return { path: `/proc/self/fd/${descriptor}`, done: () => closeSync(descriptor) }
}
