import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { bundlePages } from '../../examples/bundle-pages.js'
import { startDemo } from '../../examples/demo.js'
import type { DemoUrls } from './support/demo-urls.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with the demo's pages, bundled. */
    bundle: string
    demo: DemoUrls
  }
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the pages once, and starts one demo for all files. A test that harms the server brings a demo of its own. */
export default async function setUp(project: TestProject) {
  const bundle = await mkdtemp(join(tmpdir(), 'reconvene-pages-'))
  // A page of a test can import the SDK alone, as `/sdk.js`, and the demo's Markdown, as `/markdown.js`.
  const modules = { sdk: at('../../src/browser.ts'), markdown: at('../../examples/shared/markdown.ts') }
  await bundlePages({ folder: bundle, modules })
  const demo = await startDemo({
    port: 0,
    bundle,
    // Most tests wait for a whole answer. A page draws each frame of an answer, so a quick answer also computes less.
    serverArgs: ['--pace-ms', '10'],
    // The faults of these tests fill the server's log with failures that are meant.
    onServerLog: () => {},
  })
  project.provide('bundle', bundle)
  project.provide('demo', {
    reactUrl: demo.reactUrl,
    vanillaUrl: demo.vanillaUrl,
    serverUrl: demo.serverUrl,
  })
  return async () => {
    await demo.close()
    await rm(bundle, { recursive: true, force: true })
  }
}
