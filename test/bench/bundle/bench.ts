import { fileURLToPath } from 'node:url'
import type { Bench, Figure } from '../bench.js'
import { peersFolder } from '../install-peers.js'
import { type Imports, type Sizes, sizesOf } from './bundle.js'
import { tableOfParts } from './parts.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const entry = (path: string) => JSON.stringify(`${root}src/${path}`)

const react = ['react', 'react-dom', 'react/jsx-runtime']
const socket = 'socket.io-client'
const client = `export { ChatClient } from ${entry('index.ts')};`
const storage = `export { indexedDbStorage } from ${entry('storage/index.ts')};`
const hook = `export { ChatProvider, useChat } from ${entry('react/index.ts')};`

interface Row {
  readonly name: string
  readonly imports: Imports
  /** kB of brotli. */
  readonly limit?: number
}

const withHook = '`ChatClient` and `useChat`, all that they need but socket.io-client and React'

const rows: readonly Row[] = [
  {
    name: '`ChatClient`',
    imports: { source: client, folder: root, external: [...react, socket] },
  },
  {
    name: withHook,
    imports: { source: client + hook, folder: root, external: [...react, socket] },
    limit: 13,
  },
  {
    name: '`ChatClient`, `useChat` and `indexedDbStorage()`, without socket.io-client and React',
    imports: { source: client + hook + storage, folder: root, external: [...react, socket] },
  },
  {
    name: '`ChatClient` with socket.io-client: all that an app without React pays',
    imports: { source: client, folder: root, external: react },
    limit: 25,
  },
  {
    name: '`ChatClient` and `useChat` with socket.io-client: all but React',
    imports: { source: client + hook, folder: root, external: react },
  },
  {
    name: 'socket.io-client alone',
    imports: { source: "export { io } from 'socket.io-client'", folder: root, external: [] },
  },
  {
    name: 'AI SDK: `useChat` of @ai-sdk/react',
    imports: { source: "export { useChat } from '@ai-sdk/react'", folder: peersFolder, external: react },
  },
  {
    name: 'TanStack AI: `useChat` of @tanstack/ai-react',
    imports: { source: "export { useChat } from '@tanstack/ai-react'", folder: peersFolder, external: react },
  },
]

const about = `Bundled by Vite as for production (minified, ES2022, tree-shaken), and compressed whole. The peers' own rows carry what they need for their
own transports over HTTP; a Socket.IO backend's client would come on top.`

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

function figureOf({ name, limit }: Row, { brotli }: Sizes): Figure[] {
  if (limit === undefined) return []
  const reached = brotli <= limit * 1000
  return [{ name, mustReach: `at most ${limit} kB brotli`, measured: kB(brotli), reached }]
}

/** What is downloaded. */
export const bundleBench: Bench = async () => {
  const sizes = await Promise.all(rows.map(({ imports }) => sizesOf(imports)))
  const pairs = rows.map((row, index) => ({ row, size: sizes[index] as Sizes }))
  const whole = pairs.filter(({ row }) => row.name === withHook)
  const columns = ['import', 'minified', 'gzip', 'brotli']
  const cells = pairs.map(({ row, size }) => [row.name, kB(size.minified), kB(size.gzip), kB(size.brotli)])
  return {
    title: 'Bundle',
    about,
    tables: [{ caption: 'Bytes', columns, rows: cells }, ...whole.map(({ size }) => tableOfParts(size))],
    figures: pairs.flatMap(({ row, size }) => figureOf(row, size)),
  }
}
