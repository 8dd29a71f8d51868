import { readdir, readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { build } from 'vite'
import { type BundledPagesOptions, bundledPages } from './vite.config.js'

/** Replaced by the mock server's address as a page is served. */
const serverUrlMark = 'http://server.invalid'

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Bundles both pages into a folder, to be served many times. */
export async function bundlePages(options: Omit<BundledPagesOptions, 'serverUrl'>): Promise<void> {
  await build(bundledPages({ ...options, serverUrl: serverUrlMark }))
}

/** Reads the folder that `bundlePages` filled. @returns a handler that serves its files from memory. */
export async function readBundle(folder: string, serverUrl: () => string): Promise<RequestListener> {
  const files = new Map<string, Buffer>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(`/${relative(folder, path).split(sep).join('/')}`, await readFile(path))
  }
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    const file = files.get(path)
    if (!file) {
      response.writeHead(404).end()
      return
    }
    const type = extname(path)
    response.writeHead(200, { 'content-type': contentTypes[type] ?? 'application/octet-stream' })
    response.end(type === '.html' ? file.toString().replaceAll(serverUrlMark, serverUrl()) : file)
  }
}
