import { readFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { peersFolder } from './install-peers.js'

/** What the figures were measured on, in words. */
export function machine(): string {
  const [{ model } = { model: 'unknown processor' }, ...others] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${others.length + 1} cores (${model.trim()}), ${memory} GB, ${process.platform}, Node ${process.versions.node}`
}

const root = fileURLToPath(new URL('../..', import.meta.url))

const compared: readonly (readonly [folder: string, name: string])[] = [
  [root, 'socket.io-client'],
  [root, 'react'],
  [peersFolder, 'ai'],
  [peersFolder, '@ai-sdk/react'],
  [peersFolder, '@tanstack/ai-client'],
  [peersFolder, '@tanstack/ai-react'],
]

/** The versions that are installed, such as `react 19.3.1`. */
export function versions(): Promise<string[]> {
  return Promise.all(
    compared.map(async ([folder, name]) => {
      const { version } = JSON.parse(await readFile(`${folder}/node_modules/${name}/package.json`, 'utf8'))
      return `${name} ${version}`
    }),
  )
}
