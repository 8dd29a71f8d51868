import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { build, type InlineConfig } from 'vite'

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

const react18 = fileURLToPath(new URL('../react-18/node_modules/', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
}

export interface ServedPage {
  readonly url: string
  close(): Promise<void>
}

/** The React of this major version: the newest that is supported, or the oldest. */
export const reactAlias = (major: number) =>
  major === 18 ? [{ find: /^(react|react-dom)(?=$|\/)/, replacement: `${react18}$1` }] : []

/** The package's names lead to its sources. */
export const sourceAlias = [
  { find: /^reconvene$/, replacement: source('index.ts') },
  { find: /^reconvene\/react$/, replacement: source('react/index.ts') },
  { find: /^reconvene\/storage$/, replacement: source('storage/index.ts') },
]

/** Vite takes `NODE_ENV` for the mode of the build, and a test runner sets it to `test`. */
async function buildForProduction(config: InlineConfig): Promise<void> {
  const { NODE_ENV: before = 'development' } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await build(config)
  } finally {
    process.env.NODE_ENV = before
  }
}

/** Builds the page of a folder as for production, with React 19 or 18, and serves it on a port of this machine. */
export async function servePage(folder: URL, { react: major = 19 } = {}): Promise<ServedPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'reconvene-page-'))
  await buildForProduction({
    root: fileURLToPath(folder),
    configFile: false,
    logLevel: 'error',
    base: './',
    plugins: [react()],
    resolve: {
      // One React for all, whoever brings one.
      dedupe: ['react', 'react-dom'],
      alias: [...reactAlias(major), ...sourceAlias],
    },
    build: { outDir, emptyOutDir: true, target: 'es2022', minify: true, chunkSizeWarningLimit: 5000 },
  })
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page.test').pathname)
    const file = path === '/' ? '/index.html' : path
    readFile(join(outDir, file)).then(
      (content) => response.setHeader('content-type', types[extname(file)] ?? 'text/plain').end(content),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.close()
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
