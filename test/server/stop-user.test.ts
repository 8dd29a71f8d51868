import { expect, it } from 'vitest'
import { settle } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, keyOf } from './core-under-test.js'

/** A node that has ended in the middle of answers of two users, and one that has not looked for that work yet. */
async function afterCrash(how?: { readonly keepsLeases: boolean }) {
  const gone = await coreUnderTest()
  const test = await coreUnderTest({ store: gone.store, clock: gone.clock })
  for (const user of ['ben', 'ann'])
    for (const task of ['1', '2'])
      await gone.as(user).send({
        conversation_id: 'c',
        task_id: `${user}-${task}`,
        input: saying(`${user}-m${task}`, 'hi'),
      })
  await settle()
  gone.crash(how)
  return test
}

const usersOf = ({ responder }: Awaited<ReturnType<typeof afterCrash>>) =>
  responder.runs.map(({ request }) => request.user)

it('a node stops the answers of a user that wait for a node, and runs those of others', async () => {
  const test = await afterCrash()
  await test.core.stopUser('ann')
  await test.clock.advance(5000)
  expect(usersOf(test)).toEqual([{ id: 'ben' }])
  const { known } = await test.store.read(keyOf('ann'), { taskIds: ['ann-1', 'ann-2'] })
  expect(known.map(({ state }) => state)).toEqual(['stopped', 'stopped'])
})

it('a node stops the answers of a user also if a conversation of another user cannot be read', async () => {
  const test = await afterCrash()
  const { read } = test.process
  test.process.read = async (key, ...given) => {
    if (key === keyOf('ben')) throw new Error('damaged')
    return read(key, ...given)
  }
  await test.core.stopUser('ann')
  await test.clock.advance(5000)
  expect(usersOf(test)).toEqual([])
})

it('a node that is asked stops also what a node that is gone still holds by its lease', async () => {
  const test = await afterCrash({ keepsLeases: true })
  await test.core.stopUser('ann', { held: true })
  await test.clock.advance(20_000)
  expect(usersOf(test)).toEqual([{ id: 'ben' }])
  const { known } = await test.store.read(keyOf('ann'), { taskIds: ['ann-1', 'ann-2'] })
  expect(known.map(({ state }) => state)).toEqual(['stopped', 'stopped'])
})
