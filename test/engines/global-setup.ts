import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { bundlePages } from '../../examples/bundle-pages.js'

const signOut = fileURLToPath(new URL('./support/sign-out.ts', import.meta.url))

/** Bundles the demo's pages once, and beside them a script that signs out. */
export default async function setUp(project: TestProject) {
  const bundle = await mkdtemp(join(tmpdir(), 'reconvene-pages-'))
  await bundlePages({ folder: bundle, modules: { 'sign-out': signOut } })
  project.provide('bundle', bundle)
  return () => rm(bundle, { recursive: true, force: true })
}
