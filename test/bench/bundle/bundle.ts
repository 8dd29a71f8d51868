import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'vite'

export interface Sizes {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
  /** By a module's path: the characters of it that are left before minifying, without comments and what nobody uses. */
  readonly modules: ReadonlyMap<string, number>
}

export interface Imports {
  /** ES module source: what an app's own file would import. */
  readonly source: string
  /** Where its packages are found. */
  readonly folder: string
  /** Packages that count as the app's own. */
  readonly external: readonly string[]
}

const entry = 'virtual:entry'

/** What an app pays for these imports, in bytes: bundled and minified as for production, then compressed whole. */
export async function sizesOf({ source, folder, external }: Imports): Promise<Sizes> {
  // As if it stood in that folder, so that packages are looked for there.
  const file = `${folder}/entry.js`
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? file : undefined),
        load: (id) => (id === file ? source : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict', external: [...external] },
    },
  })
  const chunks = [result].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []))
  const code = Buffer.from(chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join(''))
  return {
    minified: code.byteLength,
    gzip: gzipSync(code, { level: 9 }).byteLength,
    brotli: brotliCompressSync(code).byteLength,
    modules: new Map(
      chunks.flatMap((chunk) =>
        'modules' in chunk
          ? Object.entries(chunk.modules).map(([id, { renderedLength }]) => [id, renderedLength] as const)
          : [],
      ),
    ),
  }
}
