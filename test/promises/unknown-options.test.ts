import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ChatClient, ErrorRecoveryManager } from '../../src/index.js'
import {
  ChatServer,
  CheckpointerCache,
  fileStore,
  memoryStore,
  redisStore,
  withRetry,
} from '../../src/server/index.js'

afterEach(() => vi.unstubAllEnvs())

const url = 'http://server.test'
const redis = { call: async () => null, duplicate: () => ({}) }
const respond = async function* () {}
/** As JavaScript, or a spread of another object, gives it: the types would refuse it. */
const misspelt = (options: object) => options as never

const makers: readonly (readonly [name: string, make: () => unknown])[] = [
  ['maxRetries', () => new ErrorRecoveryManager(misspelt({ maxRetries: 5 }))],
  ['retry.attempts', () => new ErrorRecoveryManager({ retry: misspelt({ attempts: 5 }) })],
  ['retryBudget.size', () => new ErrorRecoveryManager({ retryBudget: misspelt({ size: 5 }) })],
  ['ident', () => new ChatClient(misspelt({ url, ident: 'ann' }))],
  ['timeouts.ack', () => new ChatClient({ url, timeouts: misspelt({ ack: 5 }) })],
  ['limits.maxAgeMs', () => new ChatClient({ url, limits: misspelt({ maxAgeMs: 5 }) })],
  ['reconnect.delay', () => new ChatClient({ url, reconnect: misspelt({ delay: 5 }) })],
  ['authentication', () => new ChatServer(misspelt({ respond, authentication: () => ({ id: 'ann' }) }))],
  ['limits.sendsPerSecond', () => new ChatServer({ respond, limits: misspelt({ sendsPerSecond: 5 }) })],
  ['retention.days', () => new ChatServer({ respond, retention: misspelt({ days: 5 }) })],
  ['retry.tries', () => withRetry(misspelt({ tries: 5 }))],
  ['context.abort', () => withRetry({}, misspelt({ abort: new AbortController().signal }))],
  ['size', () => new CheckpointerCache(misspelt({ size: 5 }))],
  ['maxSize', () => memoryStore(misspelt({ maxSize: 5 }))],
  ['sync', () => fileStore(tmpdir(), misspelt({ sync: true }))],
  ['keyPrefix', () => redisStore(redis, misspelt({ keyPrefix: 'chat:' }))],
]

describe.each(makers)('an option that does not exist: %s', (name, make) => {
  it('is refused by its name in development', () => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`unable to use ${name}; there is no such option, only `)
  })

  it('is ignored in production, so that an app that runs goes on running', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(make).not.toThrow()
  })
})

it('an option of one task that does not exist is a mistake that the call rejects with', async () => {
  const manager = new ErrorRecoveryManager()
  const call = manager.executeWithRetry('task', () => 1, misspelt({ retries: 5 }))
  await expect(call).rejects.toMatchObject({
    category: 'validation',
    cause: { message: expect.stringContaining('unable to use options.retries') },
  })
})

describe('a field of a message that does not exist, such as `files`', () => {
  const send = () => {
    const client = new ChatClient({ url })
    const { accepted } = client.conversation('c').sendMessage(misspelt({ text: 'Hello', files: ['a.pdf'] }))
    return { client, accepted }
  }

  it('refuses the message in development, because the files would be lost without a word', async () => {
    const { client, accepted } = send()
    await expect(accepted).rejects.toMatchObject({ code: 'invalid_message', details: { field: 'files' } })
    await client.close()
  })

  it('is ignored in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { client, accepted } = send()
    const [message] = client.conversation('c').getSnapshot().messages
    expect(message?.parts).toEqual([{ type: 'text', text: 'Hello' }])
    accepted.catch(() => {})
    await client.close()
  })
})
