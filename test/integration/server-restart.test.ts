import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { MockServerProcess } from '../../examples/mock-server-process.js'
import { type ChatMessage, messageText } from '../../src/index.js'
import type { ChatEvent } from '../../src/protocol/events.js'
import { conversationKey, fileStore } from '../../src/server/index.js'
import { connectionIs, liveChat, wordsAre } from '../support/live-chat.js'
import { WireClient } from '../support/wire-client.js'

const live = liveChat()

const wholeAnswer = textsEn.echo('Hello')

/** The mock server as a process, on a log in a file. It is started again on the same port when it is killed. */
async function startProcess(...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'reconvene-'))
  live.after(() => rm(folder, { recursive: true, force: true }))
  const log = join(folder, 'conversations')
  let url = ''
  let pid = 0
  const server = new MockServerProcess({
    args: ['--store', log, '--pace-ms', '15', '--log-level', 'silent', ...args],
    onStart: (started) => {
      url = started.url
      pid = started.pid
    },
    onFailure: (error) => {
      throw error
    },
  })
  live.after(() => server.close())
  await server.start()
  return {
    url,
    server,
    kill: () => process.kill(pid, 'SIGKILL'),
    /** What the server, which must run, has in its store. */
    events: () => eventsOf(url),
    /** The same of a server that has ended. */
    storedEvents: async () => {
      const store = fileStore(log)
      const { events } = await store.read(conversationKey('guest', 'demo'))
      await store.close()
      return events.map(({ event }) => event as ChatEvent)
    },
  }
}

async function eventsOf(url: string): Promise<ChatEvent[]> {
  const reader = new WireClient(url)
  try {
    await reader.connected()
    const { epoch } = await reader.request('chat:join', { conversation_id: 'demo', after: null })
    const { events } = await reader.request('chat:join', {
      conversation_id: 'demo',
      after: { epoch, offset: 0 },
    })
    return events as ChatEvent[]
  } finally {
    reader.close()
  }
}

/** What the log says after the last `start` of that task: the text of the one run that counts. */
function lastRunOf(events: readonly ChatEvent[], taskId: string) {
  const own = events.filter((event) => event.task_id === taskId)
  const start = own.findLastIndex(({ type }) => type === 'start')
  const texts = own.slice(start).map((event) => (event.type === 'delta' ? event.text : ''))
  const starts = own.flatMap((event) => (event.type === 'start' ? [event.attempt] : []))
  return { text: texts.join(''), starts, count: own.filter(({ type }) => type === 'message').length }
}

const transcript = (messages: readonly ChatMessage[]) =>
  messages.map((message) => `${message.role}: ${messageText(message)}`)

// A process takes seconds to start on a machine that has other things to do.
const patience = 60_000

describe('a server that is killed in the middle of an answer', { timeout: patience }, () => {
  it('answers once more when it is back, and the answer is exactly one run’s', async () => {
    const { url, kill, events } = await startProcess()
    const conversation = live.client(url).conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 5)
    kill()
    const answer = await task.finished
    expect(answer.status).toBe('complete')
    expect(messageText(answer)).toBe(wholeAnswer)
    expect(lastRunOf(await events(), task.id)).toEqual({ text: wholeAnswer, starts: [1, 2], count: 1 })
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: Hello',
      `assistant: ${wholeAnswer}`,
    ])
  })

  it('keeps everybody’s messages, those that were written while it was away too', async () => {
    const { url, kill, events } = await startProcess()
    const client = live.client(url)
    const conversation = client.conversation('demo')
    const first = conversation.sendMessage('Hello')
    const second = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    kill()
    await connectionIs(client, 'waiting')
    const third = conversation.sendMessage('Hello')
    const tasks = [first, second, third]
    const answers = await Promise.all(tasks.map((task) => task.finished))
    expect(answers.map(messageText)).toEqual([wholeAnswer, wholeAnswer, wholeAnswer])
    const log = await events()
    for (const { id } of tasks) expect(lastRunOf(log, id)).toMatchObject({ text: wholeAnswer, count: 1 })
    expect(transcript(conversation.getSnapshot().messages)).toHaveLength(6)
  })
})

describe('a server that is asked to end', { timeout: patience }, () => {
  it('tells its clients, with the spread of their return', async () => {
    const { url, server } = await startProcess('--reconnect-spread-ms', '250')
    const socket = io(url, { reconnection: false, transports: ['websocket'], auth: { protocol: 1 } })
    live.after(() => socket.close())
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const told = new Promise((resolve) => socket.once('chat:closing', resolve))
    await server.close()
    expect(await told).toEqual({ reconnect_spread_ms: 250 })
  })

  it('lets a running answer end first, so that nobody notices', async () => {
    const { url, server, storedEvents } = await startProcess()
    const conversation = live.client(url).conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    const closed = server.close()
    expect(messageText(await task.finished)).toBe(wholeAnswer)
    await closed
    expect(lastRunOf(await storedEvents(), task.id)).toMatchObject({ starts: [1] })
  })

  it('interrupts an answer that takes longer, which its successor gives again', async () => {
    const { url, server, events } = await startProcess('--drain-ms', '0')
    const conversation = live.client(url, { retry: { baseDelay: 20 } }).conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    await server.close()
    await server.start()
    expect(messageText(await task.finished)).toBe(wholeAnswer)
    expect(lastRunOf(await events(), task.id)).toEqual({ text: wholeAnswer, starts: [1, 2], count: 1 })
  })
})
