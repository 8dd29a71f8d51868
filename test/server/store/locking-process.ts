/** A process that asks for the folder until it owns the folder. Then it says so, and stays. */
import { writeSync } from 'node:fs'
import { FolderInUseError, lockFolder } from '../../../src/server/store/folder-lock.js'

const [folder = ''] = process.argv.slice(2)

for (;;) {
  try {
    await lockFolder(folder)
    break
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error
  }
}
writeSync(1, 'owner\n')
// A lock keeps no process alive; this does, until the test kills the process or goes away itself.
process.stdin.resume()
