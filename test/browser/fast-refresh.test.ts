import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Browser, Page } from 'playwright-core'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findShellOrChromium, launchChromium } from '../support/chromium.js'
import { reactAlias, sourceAlias } from '../support/serve-page.js'
import type { RefreshedPage } from './refreshed-page/app.js'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

type RefreshedWindow = Window & { refreshed: RefreshedPage }

describe.each([19, 18])('a page under StrictMode on a development server, with React %i', (major) => {
  let folder: string
  let server: ViteDevServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(here('./refreshed-page-'))
    await cp(here('./refreshed-page'), folder, { recursive: true })
    server = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      cacheDir: join(folder, 'cache'),
      plugins: [react()],
      resolve: { dedupe: ['react', 'react-dom'], alias: [...reactAlias(major), ...sourceAlias] },
      optimizeDeps: {
        include: [
          'react',
          'react-dom/client',
          'react/jsx-dev-runtime',
          'socket.io-client',
          'eventemitter3',
          'nanoid',
          'idb-keyval',
        ],
      },
      // The test tells of each edit itself: a watcher drops the second of two edits that it sees within 50 ms.
      server: { host: '127.0.0.1', port: 0, watch: null },
    })
    await server.listen()
    browser = await launchChromium(findShellOrChromium())
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(server.resolvedUrls?.local[0] ?? '')
    await page.getByText('answer:').waitFor()
  })

  afterAll(async () => {
    await browser.close()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const read = () => page.evaluate(() => (window as unknown as RefreshedWindow).refreshed.read())
  const shown = (text: string) => page.getByText(text, { exact: true }).waitFor()

  it('has one connection, with a client that its effect makes', async () => {
    await page.evaluate(() => (window as unknown as RefreshedWindow).refreshed.push('one '))
    await shown('answer: one')
    const { connections, made } = await read()
    expect({ connections, made }).toEqual({ connections: 1, made: 2 })
  })

  it('keeps its state, its conversation and its connection when its component is edited while an answer streams', async () => {
    await page.getByRole('textbox').fill('a draft')
    const before = await read()
    const file = join(folder, 'chat.tsx')
    for (const label of ['edited', 'edited again']) {
      await writeFile(
        file,
        (await readFile(here('./refreshed-page/chat.tsx'), 'utf8')).replace('answer:', `${label}:`),
      )
      server.watcher.emit('change', file)
      await page.getByText(`${label}:`).waitFor()
      await page.evaluate(() => (window as unknown as RefreshedWindow).refreshed.push('more '))
    }
    await shown('edited again: one more more')
    await shown('by a selector: one more more')
    expect(await page.getByRole('textbox').inputValue()).toBe('a draft')
    expect(await read()).toEqual(before)
    expect(complaints).toEqual([])
  })
})
