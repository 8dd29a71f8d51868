import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export const peersFolder = fileURLToPath(new URL('./peers', import.meta.url))

/** Installs what is compared with, once. @throws Error where npm fails */
export async function installPeers(): Promise<void> {
  const isInstalled = await access(`${peersFolder}/node_modules/.package-lock.json`).then(
    () => true,
    () => false,
  )
  if (isInstalled) return
  console.error('== installing the packages to compare with')
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peersFolder, stdio: 'inherit' })
  const [code] = await once(npm, 'exit')
  if (code !== 0) throw new Error(`unable to install the packages to compare with; npm ended with ${code}`)
}
