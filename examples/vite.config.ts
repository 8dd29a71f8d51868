import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { InlineConfig, Plugin } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where the pages are, below the address that serves them. */
export const pagePaths = { react: 'react-chat/', vanilla: 'vanilla-chat/', cluster: 'cluster-chat/' } as const

/** The package's name leads to `src`, as an installed package's would to `dist`. */
const common = {
  configFile: false,
  root: at('.'),
  appType: 'mpa',
  logLevel: 'warn',
  clearScreen: false,
  resolve: {
    alias: [
      { find: /^reconvene$/, replacement: at('../src/index.ts') },
      { find: /^reconvene\/react$/, replacement: at('../src/react/index.ts') },
      { find: /^reconvene\/storage$/, replacement: at('../src/storage/index.ts') },
    ],
  },
} satisfies InlineConfig

export interface SourcePagesOptions {
  /** The server that the pages come from. Vite's script on each page speaks to it, instead of to a port that all demos share. */
  readonly http: Server
  /** Whether the pages reload when their sources change. */
  readonly hot: boolean
  /** Where the mock server listens; asked for each page load, because it may start after the pages. */
  readonly serverUrl: () => string
  /** Given to the scripts that Vite writes into a page. */
  readonly nonce: string
}

/** Serves the pages from their sources. */
export const sourcePages = ({ http, hot, serverUrl, nonce }: SourcePagesOptions): InlineConfig => ({
  ...common,
  cacheDir: at('../node_modules/.vite/examples'),
  plugins: [react(), nameServer(serverUrl)],
  html: { cspNonce: nonce },
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

export interface BundledPagesOptions {
  /** Where the files go; what was there before is removed. */
  readonly folder: string
  /** More modules to bundle with the pages, by the name of their file without `.js`. @default none */
  readonly modules?: Readonly<Record<string, string>>
  /** The placeholder in the pages for the mock server's address, which is not known yet. */
  readonly serverUrl: string
}

/** Bundles the pages. They stay development builds, because only those of React report what a component does wrong. */
export const bundledPages = ({ folder, modules = {}, serverUrl }: BundledPagesOptions): InlineConfig => ({
  ...common,
  mode: 'development',
  define: { 'process.env.NODE_ENV': '"development"' },
  plugins: [react(), nameServer(() => serverUrl)],
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        react: at(`${pagePaths.react}index.html`),
        vanilla: at(`${pagePaths.vanilla}index.html`),
        cluster: at(`${pagePaths.cluster}index.html`),
        ...modules,
      },
      preserveEntrySignatures: 'exports-only',
      output: { entryFileNames: '[name].js' },
    },
  },
})

/** Tells each page where the server is. */
const nameServer = (serverUrl: () => string): Plugin => ({
  name: 'reconvene-demo-server',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { name: 'reconvene-server', content: serverUrl() }, injectTo: 'head' },
  ],
})
