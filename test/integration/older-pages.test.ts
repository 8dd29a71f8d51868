import { expect, it } from 'vitest'
import { type Conversation, messageText } from '../../src/index.js'
import { systemClock } from '../../src/shared/clock.js'
import { liveChat } from '../support/live-chat.js'
import { until } from '../support/until.js'
import { WordResponder, wordsOf } from '../support/word-responder.js'

const live = liveChat()

const questions = 60
const words = 200

const shown = (conversation: Conversation) =>
  conversation
    .getSnapshot()
    .messages.map((message) => [message.id, message.role, message.status, messageText(message)])

it.each([0, 50])(
  'an answer in an older page that is still being written has each word once (pushes gathered for %s ms)',
  async (flushMs) => {
    const long = new WordResponder({ clock: systemClock, words, pace: 5 })
    const short = new WordResponder({ clock: systemClock, words: 1, pace: 0, startAfter: 1 })
    const server = await live.serve({
      flushMs,
      responder: { respond: (request) => (long.runs === 0 ? long : short).respond(request) },
    })
    const laptop = live.client(server.url, { auth: 'alice' }).conversation('demo')
    const tasks = Array.from({ length: questions }, (_, index) => laptop.sendMessage(`question ${index}`))
    await Promise.all(tasks.map((task) => task.accepted))

    const phone = live.client(server.url, { auth: 'alice' }).conversation('demo')
    await until(() => phone.getSnapshot().hasOlder, { subscribe: phone.subscribe })
    await phone.loadOlder()
    const [, answer] = phone.getSnapshot().messages
    expect(answer).toMatchObject({ role: 'assistant', status: 'streaming' })
    await until(() => phone.getSnapshot().messages[1]?.status === 'complete', { subscribe: phone.subscribe })
    expect(shown(phone)[1]?.at(-1)).toBe(wordsOf(1, words))

    await Promise.all(tasks.map((task) => task.finished))
    await until(() => phone.getSnapshot().status === 'ready', { subscribe: phone.subscribe })
    while (phone.getSnapshot().hasOlder) await phone.loadOlder()
    expect(shown(phone)).toEqual(shown(laptop))
  },
)
