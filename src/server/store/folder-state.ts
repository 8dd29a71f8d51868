import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { isMissing, replaceFile, type StoreFileSystem } from './store-file-system.js'

/** A folder's memory of the processes that used it. */
interface State {
  readonly format: typeof FORMAT
  /** Counts the stores that were opened here. */
  readonly life: number
  /** When the machine was started, in milliseconds since the Unix epoch. */
  readonly bootedAt: number
  /** Lives since then that acknowledged before they synced. */
  readonly unsynced: Ranges
  /** Lives of earlier starts of the machine whose last writes it may have lost. */
  readonly doubtful: Ranges
}

/** Numbers, from and to, rising. */
type Ranges = readonly (readonly [number, number])[]

const FORMAT = 1
/** Clocks are set, and `uptime` is coarse. Two starts of one machine are further apart. */
const SAME_BOOT_MS = 10_000

export interface Life {
  readonly number: number
  /** Whether the machine may have lost what this life wrote last. */
  isDoubtful(life: number): boolean
}

/**
 * Begins a life of the store. Without a sync before each acknowledgement, the machine's failure can lose what was
 * acknowledged, and then the epoch must change, or offsets would be used twice.
 *
 * @param syncs whether this life loses nothing that it acknowledged.
 * @throws Error if a newer version wrote the folder.
 */
export function beginLife(folder: string, fs: StoreFileSystem, syncs: boolean, now: number): Life {
  const path = join(folder, 'store.json')
  const before = readState(path)
  const bootedAt = Math.round(now - uptime() * 1_000)
  const life = (before?.life ?? 0) + 1
  const isSameBoot = before !== undefined && Math.abs(before.bootedAt - bootedAt) < SAME_BOOT_MS
  const unsyncedBefore = before?.unsynced ?? []
  const doubtful = [...(before?.doubtful ?? []), ...(isSameBoot ? [] : unsyncedBefore)]
  const unsynced = withLife(isSameBoot ? unsyncedBefore : [], syncs ? undefined : life)
  const state: State = { format: FORMAT, life, bootedAt, unsynced, doubtful }
  replaceFile(fs, path, `${JSON.stringify(state)}\n`)
  return { number: life, isDoubtful: (of) => doubtful.some(([from, to]) => from <= of && of <= to) }
}

function withLife(ranges: Ranges, life: number | undefined): Ranges {
  if (life === undefined) return ranges
  const last = ranges.at(-1)
  return last?.[1] === life - 1 ? ranges.with(-1, [last[0], life]) : [...ranges, [life, life]]
}

function readState(path: string): State | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const state = JSON.parse(text) as State
  if (state.format !== FORMAT) throw new Error(`unable to use the folder; its format is not ${FORMAT}`)
  return state
}
