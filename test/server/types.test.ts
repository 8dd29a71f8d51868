import { expect, expectTypeOf, it } from 'vitest'
import { aiSdk } from '../../src/server/ai-sdk/index.js'
import { ChatServer } from '../../src/server/index.js'

/** As an app's own models have it: an interface, which has no index signature. */
interface Person {
  readonly id: string
  readonly plan: 'free' | 'pro'
}
declare function findPerson(token: string): Promise<Person>

it('an app’s own interface is the type of a user, inferred from authenticate or given', () => {
  const servers = () => [
    new ChatServer({
      authenticate: async ({ token = '' }) => ({ ...(await findPerson(token)), expiresAt: 1 }),
      access: ({ user }) => user.plan,
      async *respond({ user }) {
        expectTypeOf(user?.plan).toEqualTypeOf<'free' | 'pro' | undefined>()
        yield ''
      },
    }),
    new ChatServer<Person>({
      authenticate: ({ token = '' }) => findPerson(token),
      respond: aiSdk<Person>(async function* ({ user }) {
        yield user?.plan
      }),
    }),
  ]
  expect(servers).toBeTypeOf('function')
})
