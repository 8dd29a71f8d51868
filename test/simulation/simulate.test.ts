import { expect, it } from 'vitest'
import { simulate } from './world.js'

const worlds = Number(process.env.SIMULATE_RUNS ?? 300)
const first = Number(process.env.SIMULATE_SEED ?? 1)

it(`in ${worlds} small worlds in which everything fails, nothing is lost, doubled, mixed or left hanging`, async () => {
  const began = Date.now()
  for (let seed = first; seed < first + worlds; seed++) {
    const { violations, trace } = await simulate(seed)
    const replay = `SIMULATE_SEED=${seed} SIMULATE_RUNS=1 npx vitest run --project unit test/simulation`
    expect(violations, `${replay}\n${trace.join('\n')}`).toEqual([])
  }
  const minutes = (Date.now() - began) / 60_000
  console.info(`${worlds} worlds, 0 violations, ${Math.round(worlds / minutes)} a minute`)
}, 600_000)
