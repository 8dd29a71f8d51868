import { expect, it } from 'vitest'

/**
 * A behaviour that a peer promises in its own tests. `same`: ours is alike. `different`: ours is another on purpose, with
 * the sentence of our docs or doc comments that says so. There is no third kind: a worse one is a bug.
 */
export interface PeerCase {
  readonly title: string
  readonly differs?: string
  readonly check: () => unknown
}

/** Runs the cases of a peer as tests, and prints how many are alike and how many differ on purpose. */
export function judge(peer: string, cases: readonly PeerCase[]): void {
  it.each(cases.map((one) => [one.title, one] as const))(`${peer}: %s`, async (_title, { check }) => {
    await check()
  })

  it(`${peer}: no case is worse`, () => {
    const different = cases.filter(({ differs }) => differs !== undefined)
    process.stdout.write(
      `${peer}: ${cases.length - different.length} the same, ${different.length} different on purpose, 0 worse\n`,
    )
    expect(different.every(({ differs = '' }) => differs.length > 20)).toBe(true)
  })
}
