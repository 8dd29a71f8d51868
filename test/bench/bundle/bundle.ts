import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export interface Sizes {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

export interface Imports {
  /** ES module source: what an app's own file would import. */
  readonly source: string
  /** Where its packages are found. */
  readonly folder: string
  /** Packages that count as the app's own. */
  readonly external: readonly string[]
}

/** What an app pays for these imports, in bytes: bundled and minified as for production, then compressed whole. */
export async function sizesOf({ source, folder, external }: Imports): Promise<Sizes> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: [...external],
    write: false,
    logLevel: 'error',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  return {
    minified: code.byteLength,
    gzip: gzipSync(code, { level: 9 }).byteLength,
    brotli: brotliCompressSync(code).byteLength,
  }
}
