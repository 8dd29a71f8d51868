import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect } from 'vitest'
import { en } from '../../examples/shared/strings-en.js'
import { defaultLine, type FaultKind, faultKinds } from '../faults/fault-kinds.js'
import { readLog } from '../faults/read-log.js'
import { heartbeat, type ServerProcess, startServerProcess } from '../faults/server-process.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'

const words = 20
const answers = { ...heartbeat, words, paceMs: 20 }

// What befalls a server befalls everybody on it, so each of those faults has a server of its own.
const ownServers = ['killed', 'log lost']
const servers = new Map<string, ServerProcess>()
beforeAll(async () => {
  const names = ['network', ...ownServers]
  await Promise.all(names.map(async (name) => servers.set(name, await startServerProcess(answers))))
  return async () => {
    for (const server of servers.values()) await server.close()
  }
})

function serverFor({ name }: FaultKind): ServerProcess {
  const server = servers.get(ownServers.includes(name) ? name : 'network')
  if (!server) throw new Error('unable to go on; the server has not started')
  return server
}

const [page] = demoPages

describe('a conversation in the browser is the server’s, word for word', () => {
  for (const kind of faultKinds) {
    test.concurrent(`where ${kind.does} while an answer is written`, async ({ open, onTestFinished }) => {
      const server = serverFor(kind)
      const line = await startTcpProxy(server.url)
      onTestFinished(() => line.close())
      const whose = { user: randomUUID(), conversationId: randomUUID() }
      const chat = await open(page, { ...whose, serverUrl: line.url, breaksConnections: true })
      line.conditions = defaultLine
      await chat.send('first')
      await chat.wholeAnswer(0)
      await chat.send('second')
      await chat.answer(1).locator('.bubble', { hasText: 'w3 ' }).waitFor()
      const [, durationMs] = kind.lasts
      const over = kind.strike({ lines: [line], server }, { durationMs, shade: 0.25, strikeAt: 0, sends: [] })
      await chat.send('third')
      await over
      if (kind.name === 'half-open') {
        // Chromium would ask over its idle HTTP connections of the dead line, each until a time limit; a line that is
        // found dead gets an end here, as routers give it one.
        await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
        line.cut()
      }
      const isLogLost = kind.name === 'log lost'
      await chat.wholeAnswer(isLogLost ? 1 : 2)

      const { messages } = await readLog(server.url, whose)
      const asked = messages.flatMap(({ role, text }) => (role === 'user' ? text : []))
      expect(asked).toEqual(isLogLost ? ['second', 'third'] : ['first', 'second', 'third'])
      expect(messages.every(({ isComplete }) => isComplete)).toBe(true)
      expect(await chat.transcript()).toEqual(
        messages.map(
          ({ role, text }) => `${role}: ${text.trim()} (${role === 'user' ? 'sent' : 'complete'})`,
        ),
      )
      expect(await chat.page.getByText(en.discontinuity).count()).toBe(isLogLost ? 1 : 0)
    })
  }
})
