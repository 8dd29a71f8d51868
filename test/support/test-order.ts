import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Take long, though their sources are short: on a new clone, where no duration is known yet, they begin first too. */
const long = [
  'test/simulation/simulate.test.ts',
  'test/simulation/mutants.test.ts',
  'test/herd/herd.test.ts',
  'test/server/documentation.test.ts',
  'test/browser/faults.test.ts',
  'test/browser/concurrent-states.test.ts',
  'test/browser/cluster.test.ts',
  'test/browser/server-death.test.ts',
  'test/browser/nothing-leaks.test.ts',
  'test/memory/day.test.ts',
]

/** A worker keeps what it has loaded for the next file of its project and its environment only, and ends before any other file. */
const workerOf = ({ project, moduleId }: TestSpecification) =>
  `${project.name} ${/@vitest-environment (\w+)/.exec(readFileSync(moduleId, 'utf8'))?.[1]}`

const isLong = ({ moduleId }: TestSpecification) => long.some((path) => moduleId.endsWith(path))

/** The longest file first, and the files that can share a worker in a row. */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const longFirst = [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
    const byWorker = new Map<string, TestSpecification[]>()
    for (const file of longFirst) {
      const worker = workerOf(file)
      byWorker.set(worker, [...(byWorker.get(worker) ?? []), file])
    }
    return [...byWorker.values()].flat()
  }
}
