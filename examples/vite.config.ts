import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { InlineConfig, Plugin } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export interface DemoPagesOptions {
  /** The server that the pages come from. Vite's script on each page speaks to it, instead of to a port that all demos share. */
  readonly http: Server
  /** Whether the pages reload when their sources change. */
  readonly hot: boolean
  /** Where the mock server listens; asked for each page load, because it may start after the pages. */
  readonly serverUrl: () => string
}

/** Serves both pages from their sources; the package's name leads to `src`, as an installed package's would to `dist`. */
export const demoPages = ({ http, hot, serverUrl }: DemoPagesOptions): InlineConfig => ({
  configFile: false,
  root: at('.'),
  appType: 'mpa',
  logLevel: 'warn',
  clearScreen: false,
  cacheDir: at('../node_modules/.vite/examples'),
  plugins: [react(), pagesPlugin(serverUrl)],
  resolve: {
    alias: [
      { find: /^reconvene$/, replacement: at('../src/index.ts') },
      { find: /^reconvene\/react$/, replacement: at('../src/react/index.ts') },
    ],
  },
  server: {
    // With a server of its own Vite would end the process at SIGTERM, and leave the mock server running.
    middlewareMode: true,
    fs: { allow: [at('..')] },
    hmr: { server: http },
    ...(hot ? {} : { watch: null }),
  },
  optimizeDeps: {
    // A dependency found late makes the page load again in the middle of a conversation. All are named, none is found.
    noDiscovery: true,
    include: [
      ...['react', 'react-dom/client', 'react/jsx-runtime', 'react/jsx-dev-runtime'],
      ...['socket.io-client', 'eventemitter3', 'nanoid', 'marked', 'dompurify'],
    ],
  },
})

/** Tells each page where the server is, and leads the bare address to the first page. */
const pagesPlugin = (serverUrl: () => string): Plugin => ({
  name: 'reconvene-demo-pages',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { name: 'reconvene-server', content: serverUrl() }, injectTo: 'head' },
  ],
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      if (request.url !== '/') return next()
      response.writeHead(302, { location: '/react-chat/' }).end()
    })
  },
})
