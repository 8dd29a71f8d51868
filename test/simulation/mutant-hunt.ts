import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build, type Plugin } from 'vite'
import type { Search, Violation } from './hunted.js'
import type { Mutant } from './mutants.js'

export interface Hunted {
  readonly name: string
  /** The world that shows the bug; null if none does. */
  readonly seed: number | null
  readonly text: string
}

export const mostWorlds = 2000

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Puts the bug into a source as it is loaded. @throws Error where the source has changed and the bug has no place. */
function plant({ name, file, find, replace }: Mutant, planted: () => void): Plugin {
  return {
    name: 'deliberate-bug',
    enforce: 'pre',
    transform(code, id) {
      if (id !== join(root, file)) return null
      const places = code.split(find).length - 1
      if (places !== 1) throw new Error(`unable to plant "${name}"; ${file} has ${places} places for it`)
      planted()
      return code.replace(find, () => replace)
    },
  }
}

export interface HuntOptions {
  /** Called for each bug as its hunt ends. */
  readonly onFound?: (found: Hunted) => void
  /** Whether the world that showed a bug before is tried first. @default false: the first world that shows it is found */
  readonly knownFirst?: boolean
}

/** Hunts as many bugs at once as there are cores. @returns all, in the order given. */
export async function huntAll(
  mutants: readonly Mutant[],
  { onFound, knownFirst = false }: HuntOptions = {},
): Promise<Hunted[]> {
  const found: Hunted[] = []
  const left = mutants.entries()
  const huntOn = async () => {
    for (const [place, mutant] of left) {
      const hunted = await hunt(mutant, knownFirst)
      found[place] = hunted
      onFound?.(hunted)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, huntOn))
  return found
}

/** Builds the simulation with one bug in it, and looks in a thread of its own for a world that shows the bug. */
export async function hunt(mutant: Mutant, knownFirst = false): Promise<Hunted> {
  const place = await mkdtemp(join(root, 'node_modules', '.simulation-'))
  let isPlanted = false
  try {
    await build({
      configFile: false,
      root,
      logLevel: 'silent',
      plugins: [plant(mutant, () => (isPlanted = true))],
      build: {
        ssr: join(root, 'test/simulation/hunted.ts'),
        outDir: place,
        minify: false,
        rolldownOptions: { output: { entryFileNames: 'hunted.mjs' } },
      },
    })
    if (!isPlanted) throw new Error(`unable to plant "${mutant.name}"; ${mutant.file} is not loaded`)
    const found = await findInThread(join(place, 'hunted.mjs'), {
      worlds: mostWorlds,
      first: knownFirst ? mutant.world : undefined,
    })
    return { name: mutant.name, seed: found?.seed ?? null, text: found?.text ?? 'not found' }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** @throws what the thread throws. */
async function findInThread(path: string, search: Search): Promise<Violation | null> {
  const thread = new Worker(path, { workerData: search })
  try {
    const [found] = (await once(thread, 'message')) as [Violation | null]
    return found
  } finally {
    await thread.terminate()
  }
}

export const formatTable = (found: readonly Hunted[]): string =>
  found
    .map(
      ({ name, seed, text }) =>
        `${name.padEnd(46)} ${String(seed ?? '-').padStart(5)}  ${text.slice(0, 110)}`,
    )
    .join('\n')
