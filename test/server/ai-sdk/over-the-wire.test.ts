import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'
import { afterEach, describe, expect, it } from 'vitest'
import { ChatClient, messageText } from '../../../src/index.js'
import { aiSdk, toModelMessages } from '../../../src/server/ai-sdk/index.js'
import { ChatServer, type ChatServerOptions } from '../../../src/server/index.js'
import { calls, ends, says, versions } from './models.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(options: ChatServerOptions) {
  const io = new Server(0)
  cleanups.push(() => io.close())
  const chat = new ChatServer(options)
  cleanups.push(() => chat.close())
  await chat.attach(io)
  const { port } = io.httpServer.address() as { port: number }
  return `http://127.0.0.1:${port}`
}

function open(url: string) {
  const client = new ChatClient({ url })
  cleanups.push(() => client.close())
  return client.conversation('demo')
}

/** Everything that a browser gets, as text: pushes, and the answer to a join and to a page. */
async function everythingTold(url: string) {
  const socket = connect(url, { auth: { protocol: 1 }, forceNew: true, transports: ['websocket'] })
  cleanups.push(() => socket.close())
  const frames: string[] = []
  socket.onAny((...args: unknown[]) => frames.push(JSON.stringify(args)))
  const ask = async (event: string, payload: object) => {
    frames.push(
      JSON.stringify(await socket.timeout(5000).emitWithAck(event, { conversation_id: 'demo', ...payload })),
    )
  }
  return { frames, ask }
}

describe.each(versions)('version $name of the AI SDK behind a chat server', (version) => {
  const respondWith = (model: ReturnType<typeof version.model>) =>
    aiSdk(({ messages, signal }) =>
      model.stream({ messages: toModelMessages(messages), abortSignal: signal }),
    )

  it('answers a client, with a finish reason and what it cost', async () => {
    const model = version.model(() => [...says('Hello'), ends()])
    const conversation = open(await serve({ respond: respondWith(model) }))
    await conversation.sendMessage('Hi').finished
    const answer = conversation.getSnapshot().messages.at(-1)
    expect(answer && messageText(answer)).toBe('Hello')
    expect(answer).toMatchObject({ finishReason: 'stop', metadata: { usage: { totalTokens: 8 } } })
  })

  it('tells a browser nothing of what only the provider may know', async () => {
    const metadata = { anthropic: { signature: 'SECRET' } }
    const model = version.model((_, index) =>
      index === 0
        ? [
            { type: 'reasoning-start', id: 'r', providerMetadata: metadata },
            { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
            { type: 'reasoning-end', id: 'r', providerMetadata: metadata },
            { type: 'text-start', id: 't', providerMetadata: metadata },
            { type: 'text-delta', id: 't', delta: 'Yes.' },
            { type: 'text-end', id: 't', providerMetadata: metadata },
            ...calls('c1', 'search', { query: 'x' }).map((part) => ({ ...part, providerMetadata: metadata })),
            ends(),
          ]
        : [...says('Done.'), ends()],
    )
    const url = await serve({ respond: respondWith(model) })
    const { frames, ask } = await everythingTold(url)
    await ask('chat:join', { after: null })
    const conversation = open(url)
    await conversation.sendMessage('Hi').finished
    await expect.poll(() => frames.join()).toContain('"finish"')
    await ask('chat:join', { after: null })
    await ask('chat:history', { before: conversation.getSnapshot().messages[1]?.id ?? '' })
    expect(frames.join()).toContain('Hm.')
    expect(frames.join()).not.toContain('SECRET')
    expect(frames.join()).not.toContain('private')
    await conversation.sendMessage('And?').finished
    expect(JSON.stringify(model.calls[1]?.prompt)).toContain('SECRET')
  })

  it('tries again after an error in the middle, without mixing two runs', async () => {
    const model = version.model((_, index) =>
      index === 0
        ? [
            { type: 'text-start', id: '0' },
            { type: 'text-delta', id: '0', delta: 'Half' },
            { type: 'error', error: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) },
          ]
        : [...says('Whole'), ends()],
    )
    const retry = { maxAttempts: 2, baseDelay: 1 }
    const conversation = open(await serve({ respond: respondWith(model), retry }))
    await conversation.sendMessage('Hi').finished
    const answer = conversation.getSnapshot().messages.at(-1)
    expect(answer && messageText(answer)).toBe('Whole')
    expect(model.calls).toHaveLength(2)
  })

  it('ends the model call if the person stops the answer, and keeps what was said', async () => {
    const model = version.model(
      () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue({ type: 'stream-start', warnings: [] })
            controller.enqueue({ type: 'text-start', id: '0' })
            controller.enqueue({ type: 'text-delta', id: '0', delta: 'Half' })
          },
        }),
    )
    const conversation = open(await serve({ respond: respondWith(model) }))
    const task = conversation.sendMessage('Hi')
    task.finished.catch(() => {})
    const answer = () => conversation.getSnapshot().messages.at(-1)
    await expect.poll(() => messageText(answer() as never)).toBe('Half')
    await task.stop()
    await expect.poll(() => model.calls[0]?.abortSignal?.aborted).toBe(true)
    await expect.poll(answer).toMatchObject({ status: 'stopped', parts: [{ text: 'Half' }] })
  })
})
