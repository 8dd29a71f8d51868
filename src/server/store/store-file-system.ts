import * as fs from 'node:fs'

/** The functions of `node:fs` that the file store needs. Tests give one that is full, or that fails. */
export interface StoreFileSystem {
  closeSync(file: number): void
  fdatasync(file: number, done: (error: NodeJS.ErrnoException | null) => void): void
  fsyncSync(file: number): void
  ftruncateSync(file: number, length: number): void
  mkdirSync(path: string, options: { recursive: true }): unknown
  openSync(path: string, flags: string | number): number
  readdirSync(path: string): string[]
  readFile(path: string, done: (error: NodeJS.ErrnoException | null, bytes: Buffer) => void): void
  renameSync(from: string, to: string): void
  unlinkSync(path: string): void
  writeSync(file: number, bytes: Uint8Array, from: number, length: number, position: number): number
}

export const nodeFileSystem: StoreFileSystem = fs

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

export const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT'

/** All of it, or an error. */
export function writeAll(fs: StoreFileSystem, file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(file, bytes, done, bytes.length - done, position + done)
  }
}

/** Writes a file anew so that a crash leaves the old one or the new one, never half of it. */
export function replaceFile(fs: StoreFileSystem, path: string, content: string): void {
  const temporary = `${path}.tmp`
  const file = fs.openSync(temporary, 'w')
  try {
    writeAll(fs, file, Buffer.from(content), 0)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
  fs.renameSync(temporary, path)
}

/** Makes the names in a folder durable. Windows can't, and needs not. */
export function syncFolder(fs: StoreFileSystem, path: string): void {
  if (process.platform === 'win32') return
  const folder = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}
