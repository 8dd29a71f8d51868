import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.js'
import { messageText } from '../../src/index.js'
import { systemClock } from '../../src/shared/clock.js'
import { lastText, liveChat, logOf, wordsAre } from '../support/live-chat.js'
import { until } from '../support/until.js'
import { WordResponder, wordsOf } from '../support/word-responder.js'

const live = liveChat()

const words = 30

async function serveWords() {
  const responder = new WordResponder({ clock: systemClock, words, pace: 5 })
  return { responder, server: await live.serve({ responder }) }
}

const shown = (conversation: Conversation) =>
  conversation
    .getSnapshot()
    .messages.map((message) => [message.id, message.role, message.status, messageText(message)])

const isReady = (conversation: Conversation, messages: number) =>
  until(
    () => {
      const snapshot = conversation.getSnapshot()
      return snapshot.status === 'ready' && snapshot.messages.length === messages
    },
    { subscribe: conversation.subscribe },
  )

describe('a stop', () => {
  it('ends the answer on the server and keeps what was streamed', async () => {
    const { server } = await serveWords()
    const conversation = live.client(server.url).conversation('demo')
    const task = conversation.sendMessage('Hello')
    await wordsAre(conversation, 3)
    const stopping = conversation.stop()
    expect(conversation.getSnapshot().messages.at(-1)?.status).toBe('stopping')
    await stopping
    const answer = await task.finished
    expect(answer.status).toBe('stopped')
    expect(wordsOf(1, words).startsWith(messageText(answer))).toBe(true)
    expect(messageText(answer).length).toBeLessThan(wordsOf(1, words).length)

    // The next answer comes after the stopped one in the log, so nothing of it can still be on its way.
    await conversation.sendMessage('Again').finished
    const { texts, events } = await logOf(server, 'guest')
    expect(texts).toEqual([messageText(answer), wordsOf(2, words)])
    expect(events.filter(({ type }) => type === 'stop')).toHaveLength(1)
  })

  it('takes back what waits behind a running answer, before it has run', async () => {
    const { server, responder } = await serveWords()
    const conversation = live.client(server.url).conversation('demo')
    const first = conversation.sendMessage('first')
    const second = conversation.sendMessage('second')
    await second.accepted
    await second.stop()
    await expect(second.finished).rejects.toMatchObject({ code: 'cancelled' })
    expect(messageText(await first.finished)).toBe(wordsOf(1, words))
    expect(responder.asked).toEqual(['first'])
  })

  it('leaves nothing to be sent later of a message that was never on its way', async () => {
    const { server, responder } = await serveWords()
    const proxy = await live.proxy(server.url)
    proxy.mode = 'refuse'
    const conversation = live.client(proxy.url).conversation('demo')
    const unwanted = conversation.sendMessage('unwanted')
    await unwanted.stop()
    await expect(unwanted.finished).rejects.toMatchObject({ code: 'cancelled' })
    proxy.mode = 'pass'
    await conversation.sendMessage('wanted').finished
    expect(responder.asked).toEqual(['wanted'])
  })
})

describe('two clients of one person', () => {
  it('show the same conversation, word by word', async () => {
    const { server } = await serveWords()
    const laptop = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const phone = live.client(server.url, { auth: 'alice' }).conversation('demo')
    phone.subscribe(() => {})
    const task = laptop.sendMessage('Hello')
    await wordsAre(phone, 3)
    expect(phone.getSnapshot().status).toBe('streaming')
    await task.finished
    await isReady(phone, 2)
    expect(shown(phone)).toEqual(shown(laptop))
  })

  it('agree on one order when both write at once', async () => {
    const { server, responder } = await serveWords()
    const laptop = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const phone = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const tasks = [1, 2, 3].flatMap((n) => [
      laptop.sendMessage(`laptop ${n}`),
      phone.sendMessage(`phone ${n}`),
    ])
    await Promise.all(tasks.map((task) => task.finished))
    await Promise.all([isReady(laptop, 12), isReady(phone, 12)])
    expect(shown(phone)).toEqual(shown(laptop))
    expect(responder.runs).toBe(6)
    const written = responder.asked
    expect(written.filter((text) => text.startsWith('laptop'))).toEqual(['laptop 1', 'laptop 2', 'laptop 3'])
    expect(written.filter((text) => text.startsWith('phone'))).toEqual(['phone 1', 'phone 2', 'phone 3'])
  })

  it('can stop each other’s answers', async () => {
    const { server } = await serveWords()
    const laptop = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const phone = live.client(server.url, { auth: 'alice' }).conversation('demo')
    phone.subscribe(() => {})
    const task = laptop.sendMessage('Hello')
    await wordsAre(phone, 2)
    await phone.stop()
    expect((await task.finished).status).toBe('stopped')
    await isReady(phone, 2)
    expect(shown(phone)).toEqual(shown(laptop))
  })

  it('show the whole answer when one of them comes in the middle of it', async () => {
    const { server } = await serveWords()
    const laptop = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const task = laptop.sendMessage('Hello')
    await wordsAre(laptop, 5)
    const phone = live.client(server.url, { auth: 'alice' }).conversation('demo')
    await isReady(phone, 2)
    expect(lastText(phone)).toBe(wordsOf(1, words))
    expect(messageText(await task.finished)).toBe(wordsOf(1, words))
  })
})
