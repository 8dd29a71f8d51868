import { closeSync, openSync, renameSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { hashOf } from './file-paths.js'
import { errnoOf, isMissing } from './store-file-system.js'

export interface FolderLock {
  release(): Promise<void>
}

/** Another process, or another store of this one, works on the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
}

/** The longest path that a socket may have: 104 bytes with its end on macOS, 108 on Linux. */
const MAX_SOCKET_PATH = 103

/**
 * Locks a folder by a socket that listens in it. The lock dies with the process, however it ends, and needs no process id:
 * in a container every process is number 1. It does not reach over machines that share the folder by a network.
 *
 * @throws FolderInUseError
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const { path, done } = socketPath(folder)
  try {
    const server = await listenOrReplaceDead(path)
    return {
      release: () => new Promise((resolved) => server.close(() => resolved(done()))),
    }
  } catch (error) {
    done()
    throw error
  }
}

/** A short name for the socket in the folder. */
function socketPath(folder: string): { path: string; done: () => void } {
  const path = join(resolve(folder), 'lock')
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\${hashOf(path)}`, done: () => {} }
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return { path, done: () => {} }
  if (process.platform !== 'linux') {
    throw new RangeError(`unable to lock the folder; its path is longer than ${MAX_SOCKET_PATH - 5} bytes`)
  }
  const descriptor = openSync(folder, 'r')
  return { path: `/proc/self/fd/${descriptor}/lock`, done: () => closeSync(descriptor) }
}

async function listenOrReplaceDead(path: string): Promise<Server> {
  try {
    return await listen(path)
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw error
  }
  if (await isAlive(path)) throw inUse()
  // Two processes may find the same dead socket. Each takes away what is there now, and looks at what it took.
  const taken = `${path}.${process.pid}`
  try {
    renameSync(path, taken)
  } catch (error) {
    if (!isMissing(error)) throw error
    return listen(path).catch(() => Promise.reject(inUse()))
  }
  if (await isAlive(taken)) {
    renameSync(taken, path)
    throw inUse()
  }
  unlinkSync(taken)
  return listen(path).catch(() => Promise.reject(inUse()))
}

const inUse = () =>
  new FolderInUseError(
    'unable to use the folder; another store has it open. Only one process may use it at a time',
  )

function listen(path: string): Promise<Server> {
  return new Promise((resolved, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      server.on('error', () => {})
      // The lock keeps no process alive.
      resolved(server.unref())
    })
  })
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolved) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolved(true)
    })
    socket.once('error', () => resolved(false))
  })
}
