import { expect, it } from 'vitest'
import { run } from './run.js'

const worlds = 1000

it(`in ${worlds} small worlds in which everything fails, nothing is lost, doubled, mixed or left hanging`, async () => {
  const { failure, perMinute } = await run({ from: 1, runs: worlds })
  expect(failure).toBeNull()
  console.info(`${worlds} worlds, 0 with violations, ${perMinute} a minute`)
}, 300_000)
