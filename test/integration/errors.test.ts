import { describe, expect, it } from 'vitest'
import type { FaultKind } from '../../examples/mock-server/fault-plan.js'
import { createLogger } from '../../examples/mock-server/logger.js'
import { AppError, type ChatClient } from '../../src/index.js'
import { liveChat } from '../support/live-chat.js'

const live = liveChat()

/** What the faults' exceptions say, which is nobody's business but the operator's. */
const secrets = [
  'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38',
  '10.0.0.7',
  '6379',
  'hunter2',
  'postgres',
  'db.internal',
  'model-7',
]

const once = { maxAttempts: 1 }

/** Everything that a client's log would hold. */
function logLinesOf(client: ChatClient): unknown[] {
  const lines: unknown[] = []
  client.on('log', (line) => lines.push(line))
  return lines
}

async function serveWithLog() {
  const lines: string[] = []
  const logger = createLogger('debug', { write: (line: string) => void lines.push(line) })
  const server = await live.serve({ logger })
  return { server, lines, proxy: await live.proxy(server.url) }
}

const failure = async (promise: Promise<unknown>): Promise<AppError> => {
  const error = await promise.catch((reason: unknown) => reason)
  if (error instanceof AppError) return error
  throw new Error('unable to check the error; there was none')
}

interface Case {
  readonly fault: FaultKind
  readonly code: string
  readonly thrown: string
  readonly zh: string
  readonly en: string
}

const cases: readonly Case[] = [
  {
    fault: 'key_error',
    code: 'initializing',
    thrown: 'KeyError',
    zh: '系统正在初始化，请稍后重试',
    en: 'The system is starting. Please try again in a moment.',
  },
  {
    fault: 'connection_reset',
    code: 'network',
    thrown: 'Error',
    zh: '网络连接失败，请检查网络',
    en: 'The connection failed. Please check your network.',
  },
  {
    fault: 'timeout',
    code: 'timeout',
    thrown: 'TimeoutError',
    zh: '网络连接超时，请检查网络后重试',
    en: 'The answer took too long. Please check your network and try again.',
  },
  {
    fault: 'unknown',
    code: 'unknown',
    thrown: 'Error',
    zh: '出现了意外错误，请稍后重试',
    en: 'Something unexpected happened. Please try again later.',
  },
]

describe.each(cases)('a backend that fails with $fault', ({ fault, code, thrown, zh, en }) => {
  it.each([
    ['zh-CN', zh],
    ['en', en],
  ])('gives a person who reads %s a text to act on, and nobody the exception’s own', async (locale, text) => {
    const { server, lines, proxy } = await serveWithLog()
    const client = live.client(proxy.url, { locale, retry: once })
    const clientLog = logLinesOf(client)
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    server.faults.add('guest', { kind: fault, ms: 10 })

    const task = conversation.sendMessage('Hello')
    await task.accepted
    const error = await failure(task.finished)

    expect(error).toMatchObject({ code, userMessage: text })
    const shown = conversation.getSnapshot()
    expect(shown.status).toBe('error')
    expect(shown.error?.userMessage).toBe(text)
    expect(shown.messages[0]).toMatchObject({ role: 'user', status: 'failed', error: { userMessage: text } })

    const quoted = lines.filter((line) => line.includes(`"${error.correlationId}"`))
    expect(error.correlationId).toMatch(/^[\w-]{21}$/)
    expect(quoted.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'task failed', error: thrown, code, stack: expect.arrayContaining([expect.any(String)]) },
    ])

    const everything = [proxy.received(), lines.join(''), JSON.stringify(clientLog), JSON.stringify(shown)]
    expect(proxy.received()).toContain('"type":"error"')
    for (const secret of secrets) expect(everything.join('\n')).not.toContain(secret)
  })
})

describe('a failure that passes', () => {
  it('is shown as an attempt to come, and then as the answer', async () => {
    const { server, proxy } = await serveWithLog()
    const client = live.client(proxy.url, { locale: 'zh-CN' })
    const conversation = client.conversation('demo')
    const retries: unknown[] = []
    conversation.on('retry', ({ attempt, maxAttempts, error }) =>
      retries.push({ attempt, maxAttempts, text: error.userMessage }),
    )
    server.faults.add('guest', { kind: 'key_error', times: 2 })

    const answer = await conversation.sendMessage('Hello').finished

    expect(answer.status).toBe('complete')
    expect(retries).toEqual([
      { attempt: 2, maxAttempts: 3, text: '系统正在初始化，请稍后重试' },
      { attempt: 3, maxAttempts: 3, text: '系统正在初始化，请稍后重试' },
    ])
    expect(conversation.getSnapshot()).toMatchObject({ status: 'ready', error: null, retryState: null })
  })

  it('is retried by one side only: where the server has used up its tries, the client asks a person', async () => {
    const server = await live.serve({ retry: { maxAttempts: 2, baseDelay: 5, maxDelay: 5 } })
    const conversation = live.client(server.url).conversation('demo')
    server.faults.add('guest', { kind: 'key_error', times: 3 })

    const task = conversation.sendMessage('Hello')
    expect(await failure(task.finished)).toMatchObject({ code: 'initializing', retryAfterMs: -1 })
    const answer = await conversation.retry(task.id).finished

    expect(answer.status).toBe('complete')
    // Two tries that failed, then the person's retry with one that failed and one that did not.
    expect(server.faults.take('guest', 'key_error')).toBeUndefined()
  })
})

describe('an input that the server refuses', () => {
  it('is not sent again, and does not stand in the way of the next one', async () => {
    const { server, proxy } = await serveWithLog()
    const conversation = live.client(proxy.url, { locale: 'zh-CN' }).conversation('demo')
    server.faults.add('guest', { kind: 'validation' })

    const refused = conversation.sendMessage('first')
    const next = conversation.sendMessage('second')

    const error = await failure(refused.accepted)
    expect(error).toMatchObject({ category: 'validation', action: 'edit', retryable: false })
    expect(error.userMessage).toBe('消息有误，请检查后重试')
    expect((await next.finished).status).toBe('complete')
    expect(conversation.discard(refused.id)).toBe(true)
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('never leaves the page when it is larger than the server accepts', async () => {
    const server = await live.serve({ limits: { messageBytes: 1000 } })
    const conversation = live.client(server.url).conversation('demo')
    await conversation.sendMessage('small').finished

    const task = conversation.sendMessage('x'.repeat(2000))

    expect(await failure(task.accepted)).toMatchObject({ code: 'message_too_large', action: 'edit' })
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })
})
