import type { TestProject } from 'vitest/node'
import { startDemo } from '../../examples/demo.js'
import type { DemoUrls } from './support/demo-urls.js'

declare module 'vitest' {
  export interface ProvidedContext {
    demo: DemoUrls
  }
}

/** One demo for all files: the pages' dependencies are bundled once. What ends the server brings a demo of its own. */
export default async function setUp(project: TestProject) {
  // The faults of these tests fill the server's log with failures that are meant.
  const demo = await startDemo({ port: 0, onServerLog: () => {} })
  project.provide('demo', {
    reactUrl: demo.reactUrl,
    vanillaUrl: demo.vanillaUrl,
    serverUrl: demo.serverUrl,
  })
  return () => demo.close()
}
