import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { liveChat } from '../support/live-chat.js'
import { recordingTransport } from '../support/recording-transport.js'

const live = liveChat()

describe('a server that limits the rate', () => {
  it('is not asked again before the time that it named', async () => {
    const server = await live.serve()
    server.faults.add('guest', { kind: 'rate_limit', retry_after_ms: 300 })
    const { transport, sent } = recordingTransport()
    const conversation = live.client(server.url, { transport }).conversation('demo')
    const waits: string[] = []
    conversation.on('retry', ({ error }) => waits.push(error.code))

    const answer = await conversation.sendMessage('Hello').finished

    expect(answer.status).toBe('complete')
    expect(waits).toEqual(['rate_limited'])
    const [first, second, ...more] = sent('chat:send').map(({ at }) => at)
    // A timer counts whole milliseconds, so it may seem to run one early.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(299)
    expect(more).toEqual([])
  })

  it('is not asked again by itself when it says so, whatever else it says', async () => {
    const server = await live.serve()
    server.faults.add('guest', { kind: 'rate_limit', retry_after_ms: -1 })
    const { transport, sent } = recordingTransport()
    const conversation = live.client(server.url, { transport }).conversation('demo')

    const task = conversation.sendMessage('Hello')
    await expect(task.finished).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: -1 })
    expect(sent('chat:send')).toHaveLength(1)

    expect((await conversation.retry(task.id).finished).status).toBe('complete')
    expect(sent('chat:send')).toHaveLength(2)
  })
})

describe('twenty requests at once', () => {
  it('never have more than ten of them unanswered', async () => {
    const { url, most, requests } = await serveSlowly()
    const client = live.client(url)
    const conversations = Array.from({ length: 20 }, (_, index) => client.conversation(`c${index}`))
    await Promise.all(conversations.map((conversation) => conversation.sendMessage('Hello').accepted))
    expect(requests()).toBe(40)
    expect(most()).toBe(10)
  })
})

/** Acknowledges everything after 20 ms, and counts what waits for that. */
async function serveSlowly() {
  const http = createServer()
  const io = new Server(http)
  let open = 0
  let most = 0
  let requests = 0
  io.on('connection', (socket) => {
    socket.onAny((event: string, _payload: unknown, acknowledge: (answer: object) => void) => {
      requests += 1
      open += 1
      most = Math.max(most, open)
      const answer = event === 'chat:join' ? joined : stored
      setTimeout(() => {
        open -= 1
        acknowledge(answer)
      }, 20)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  live.after(() => io.close())
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return { url, most: () => most, requests: () => requests }
}

const joined = {
  ok: true,
  epoch: 'e',
  offset: 0,
  events: [],
  snapshot: null,
  limits: { max_message_bytes: 1000 },
}
const stored = { ok: true, epoch: 'e', offset: 1, duplicate: false, attempt: 1, state: 'queued' }
