/** How a part of the benchmarks is run. */
export interface BenchOptions {
  /** How often each contender is measured; its figure is the median. */
  readonly runs: number
  /** Tells the person at the terminal how far it is. */
  readonly progress: (line: string) => void
}

export interface BenchTable {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A figure that a limit was set for. */
export interface Figure {
  readonly name: string
  readonly mustReach: string
  readonly measured: string
  readonly reached: boolean
}

export interface BenchResult {
  readonly title: string
  /** What was done, so that the tables can be read; Markdown paragraphs. */
  readonly about: string
  readonly tables: readonly BenchTable[]
  readonly figures: readonly Figure[]
}

/** One part of the benchmarks. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>
