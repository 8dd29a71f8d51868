import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createVite } from 'vite'
import { readBundle } from './bundle-pages.js'
import { listenOnLocalhost } from './listen-on-localhost.js'
import { pageHeaders } from './page-headers.js'
import { pagePaths, sourcePages } from './vite.config.js'

export interface PagesOptions {
  /** 0 lets the system choose. */
  readonly port: number
  /** Where the mock server listens; asked for each page load, because it may start after the pages. */
  readonly serverUrl: () => string
  /** A folder that `bundlePages` filled. @default the pages are served from their sources */
  readonly bundle?: string | undefined
  /** Reload the pages when their sources change. @default false */
  readonly hot?: boolean
  /** The page that the bare address leads to. @default 'react' */
  readonly first?: keyof typeof pagePaths
  /** Answers other requests of this address. @returns whether it did. @default none */
  readonly beside?: (...request: Parameters<RequestListener>) => boolean
}

export interface Pages {
  readonly port: number
  readonly reactUrl: string
  readonly vanillaUrl: string
  readonly clusterUrl: string
  close(): Promise<void>
}

/** Serves the demo pages. @throws NodeJS.ErrnoException if the port is taken. */
export async function servePages(options: PagesOptions): Promise<Pages> {
  const { port, serverUrl, bundle, hot = false, first = 'react', beside = () => false } = options
  const guarded = (pages: RequestListener, headers: () => Headers) => guard({ pages, headers, first, beside })
  const http = createServer()
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    if (bundle) {
      http.on(
        'request',
        guarded(await readBundle(bundle, serverUrl), () => pageHeaders(serverUrl())),
      )
    } else {
      const nonce = randomBytes(16).toString('base64')
      const vite = await createVite(sourcePages({ http, hot, serverUrl, nonce }))
      undo.push(() => vite.close())
      http.on(
        'request',
        guarded(vite.middlewares, () => pageHeaders(serverUrl(), nonce)),
      )
    }
    const localhost = await listenOnLocalhost(http, port)
    undo.push(() => localhost.close())
    const origin = `http://localhost:${localhost.port}`
    return {
      port: localhost.port,
      reactUrl: `${origin}/${pagePaths.react}`,
      vanillaUrl: `${origin}/${pagePaths.vanilla}`,
      clusterUrl: `${origin}/${pagePaths.cluster}`,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Headers = Readonly<Record<string, string>>

interface Guarded extends Required<Pick<PagesOptions, 'first' | 'beside'>> {
  readonly pages: RequestListener
  readonly headers: () => Headers
}

/** Leads the bare address to the first page, and gives every answer the headers that guard a page. */
const guard =
  ({ pages, headers, first, beside }: Guarded): RequestListener =>
  (request, response) => {
    for (const [name, value] of Object.entries(headers())) response.setHeader(name, value)
    if (request.url === '/') response.writeHead(302, { location: `/${pagePaths[first]}` }).end()
    else if (!beside(request, response)) pages(request, response)
  }
