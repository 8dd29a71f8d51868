import { expect, it } from 'vitest'
import { formatTable, hunt, huntAll, mostWorlds } from './mutant-hunt.js'
import { mutants } from './mutants.js'

it(`finds every one of ${mutants.length} deliberate bugs within ${mostWorlds} worlds`, async () => {
  const found = await huntAll(mutants, { knownFirst: true })
  console.info(formatTable(found))
  expect(found.filter(({ seed }) => seed === null).map(({ name }) => name)).toEqual([])
}, 600_000)

it('says so where a source has changed and a bug has no place in it any more', async () => {
  const [first] = mutants
  if (!first) throw new Error('unable to test; there is no mutant')
  await expect(hunt({ ...first, find: 'nothing says this' })).rejects.toThrow('has 0 places for it')
})
