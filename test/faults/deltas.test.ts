import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { liveChat } from '../support/live-chat.js'
import { wordsOf } from '../support/word-responder.js'
import { afterDeltas } from './after-deltas.js'
import { readLog } from './read-log.js'
import { startServerProcess } from './server-process.js'

const live = liveChat()

const words = 10
const places = Array.from({ length: words + 1 }, (_, place) => place)

/** The text of the one run that it is of; undefined where it is a mixture, or not whole. */
function wholeRun(text: string): string | undefined {
  const run = /^r(\d+)w1 /.exec(text)?.[1]
  return run === undefined ? undefined : wordsOf(Number(run), words)
}

describe('an answer', () => {
  it('is the log’s, word for word, after whichever delta the network breaks', async () => {
    const server = await startServerProcess({ words, paceMs: 5 })
    live.after(() => server.close())
    const answers = await Promise.all(
      places.map(async (place) => {
        const user = `cut-after-${place}`
        let connections = 0
        // Only the first connection breaks; the answer goes on over the second.
        const breakpoint = () => (connections++ === 0 ? afterDeltas(place) : undefined)
        const proxy = await live.proxy(server.url, { breakpoint })
        const conversation = live.client(proxy.url, { auth: user }).conversation('demo')
        const shown = messageText(await conversation.sendMessage('Hello').finished)
        const log = await readLog(server.url, { user, conversationId: 'demo' })
        return { shown, log: log.messages.map(({ text }) => text), connections }
      }),
    )
    for (const { shown, log, connections } of answers) {
      expect(log).toEqual(['Hello', shown])
      expect(shown).toBe(wholeRun(shown))
      expect(connections).toBe(2)
    }
  })

  it('is exactly one run’s, after whichever delta the server is killed', { timeout: 90_000 }, async () => {
    const server = await startServerProcess({ words, paceMs: 10 })
    live.after(() => server.close())
    for (const place of places) {
      const user = `killed-after-${place}`
      let killed = Promise.resolve()
      let connections = 0
      const counting = afterDeltas(place)
      const proxy = await live.proxy(server.url, {
        breakpoint: () => {
          if (connections++ > 0) return undefined
          return (chunk) => {
            const passing = counting(chunk)
            if (passing !== undefined) killed = server.kill().then(server.start)
            return passing
          }
        },
      })
      const conversation = live.client(proxy.url, { auth: user }).conversation('demo')
      const shown = messageText(await conversation.sendMessage('Hello').finished)
      await killed
      const { messages } = await readLog(server.url, { user, conversationId: 'demo' })
      expect(shown).toBe(wholeRun(shown))
      expect(messages.map(({ text }) => text)).toEqual(['Hello', shown])
      expect(connections).toBeGreaterThanOrEqual(2)
    }
  })
})
