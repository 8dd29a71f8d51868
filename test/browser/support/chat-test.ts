import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { test as base, expect, inject } from 'vitest'
import type { ServerOptions } from '../../../examples/mock-server/start-server.js'
import { servePages } from '../../../examples/serve-pages.js'
import { findShellOrChromium, launchChromium } from '../../support/chromium.js'
import { startMockServer } from '../../support/start-mock-server.js'
import { ChatPage } from './chat-page.js'
import type { DemoPage, DemoUrls, PageUrls } from './demo-urls.js'
import { watchPage } from './watch-page.js'

export interface OpenOptions {
  readonly language?: 'en' | 'zh'
  /** Whose conversation; faults are planned for a user, so each test has its own. @default a new user */
  readonly user?: string
  /** @default a new conversation */
  readonly conversationId?: string
  /** Of another server than the demo's; the pages then come from an origin of their own. */
  readonly serverUrl?: string
  /** @default the demo that all files share */
  readonly demo?: DemoUrls
  /** The browser reports each failed connection as an error; allowed where the test breaks connections. @default false */
  readonly breaksConnections?: boolean
  readonly context?: BrowserContextOptions
  /** In another tab of this page's browser, and in the same conversation. @default in a browser of its own */
  readonly beside?: ChatPage
  /** Called before the page loads. */
  readonly prepare?: (context: BrowserContext) => void
}

/** Starts a server beside the demo's, in the test's own process. @returns its address. */
export type Serve = (options?: ServerOptions) => Promise<string>

export type Open = (page: DemoPage, options?: OpenOptions) => Promise<ChatPage>

/** @returns the addresses of pages that speak to this server. */
type PagesFor = (serverUrl: string, demo: DemoUrls) => PageUrls | Promise<PageUrls>

/** A server whose answers last, for tests that do something while an answer is written. */
export const unhurried: ServerOptions = { paceMs: 30 }

/** How long a page may take for a step, in milliseconds: a busy machine takes several times as long as a quiet one. */
const patience = 60_000

/** Each page is opened in a browser context of its own; a test in which one reports an error has failed. */
export const test = base
  .extend('browser', { scope: 'file' }, () => browserOfWorker())
  // Before `open`, and so closed after its pages: a page whose server has gone reports a failed connection.
  .extend('serve', ({ task: _ }, { onCleanup }): Serve => {
    return async (options) => {
      const server = await startMockServer({ acceptFaults: true, ...options })
      onCleanup(() => server.crash())
      return server.url
    }
  })
  .extend('pagesFor', ({ task: _ }, { onCleanup }): PagesFor => {
    const served = new Map<string, ReturnType<typeof servePages>>()
    onCleanup(async () => {
      for (const pages of served.values()) await (await pages).close()
    })
    return (serverUrl, demo) => {
      if (serverUrl === demo.serverUrl) return demo
      const pages =
        served.get(serverUrl) ?? servePages({ port: 0, bundle: inject('bundle'), serverUrl: () => serverUrl })
      served.set(serverUrl, pages)
      return pages
    }
  })
  .extend('open', ({ browser, pagesFor, serve: _, task }, { onCleanup }): Open => {
    const contexts: BrowserContext[] = []
    const problems: string[] = []
    onCleanup(async () => {
      // Whoever reads of the failure wants to know what was on the screen.
      if (task.result?.state === 'fail') console.error((await Promise.all(contexts.map(textOf))).join('\n'))
      for (const context of contexts) await context.close()
      expect(problems).toEqual([])
    })
    const newContext = async ({ context: settings, prepare }: OpenOptions) => {
      const context = await browser.newContext(settings)
      context.setDefaultTimeout(patience)
      contexts.push(context)
      await context.addInitScript(halfOfEachWait)
      prepare?.(context)
      return context
    }
    return async (page, options = {}) => {
      const { language = 'en', demo = inject('demo'), breaksConnections = false, beside } = options
      const { user, conversationId, serverUrl } = beside?.whereabouts ?? {
        user: options.user ?? randomUUID(),
        conversationId: options.conversationId ?? randomUUID(),
        serverUrl: options.serverUrl ?? demo.serverUrl,
      }
      const context = beside?.page.context() ?? (await newContext(options))
      const tab = await context.newPage()
      watchPage(tab, { breaksConnections, report: (problem) => problems.push(problem) })
      const query = new URLSearchParams({ lang: language, conversation: conversationId, token: user })
      const pages = await pagesFor(serverUrl, demo)
      await tab.goto(`${pages[page.url]}?${query}`)
      const chat = new ChatPage(tab, { user, conversationId, serverUrl })
      await chat.connected()
      return chat
    }
  })

const worker = globalThis as { browserOfTests?: Promise<Browser> }

/**
 * One browser for all files of a worker, which are loaded anew and so have nothing else in common. One for all workers needs a relay,
 * which costs more than the starts. Playwright ends the browser with the worker's process.
 */
async function browserOfWorker(): Promise<Browser> {
  const earlier = await worker.browserOfTests?.catch(() => undefined)
  if (earlier?.isConnected()) return earlier
  worker.browserOfTests = launchChromium(findShellOrChromium())
  return worker.browserOfTests
}

async function textOf(context: BrowserContext) {
  const texts = context.pages().map((page) => page.locator('body').innerText({ timeout: 1000 }))
  const settled = await Promise.allSettled(texts)
  return settled.map((text) => (text.status === 'fulfilled' ? text.value : 'nothing')).join('\n')
}

/** A wait that chance makes as short as nothing is never seen; with this each is half as long as it may be. */
const halfOfEachWait = () => {
  Math.random = () => 0.5
}
