import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

// Where what it imports is found, and git does not look.
const output = new URL('../../node_modules/.reconvene-bench/', import.meta.url)

/**
 * The package as it is published. What tsx makes of the sources gives each function its name anew whenever it is made,
 * and that would be measured too.
 *
 * @returns the URL to import.
 */
export async function buildLibrary(): Promise<string> {
  await build({ root, logLevel: 'error', build: { outDir: fileURLToPath(output), emptyOutDir: true } })
  return new URL('index.js', output).href
}
