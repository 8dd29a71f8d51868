import { describe, expect, it } from 'vitest'
import type { FaultKind } from '../../examples/mock-server/fault-plan.js'
import { messageText, type TimeoutOptions } from '../../src/index.js'
import type { AnswerChunk, RespondRequest } from '../../src/server/index.js'
import { delay } from '../../src/shared/delay.js'
import { liveChat, logOf } from '../support/live-chat.js'

const live = liveChat()

const words = 6

/** Says in every word whom it speaks to and about what, so that a word that went astray gives itself away. */
class AddressedResponder {
  runs = 0

  async *respond({ user, messages, signal }: RespondRequest): AsyncGenerator<AnswerChunk> {
    this.runs += 1
    const question = messages.at(-1)?.parts.map((part) => ('text' in part ? part.text : '')) ?? []
    for (let word = 1; word <= words; word++) {
      await delay(2, { signal })
      yield { type: 'text', text: `${user?.id}/${question.join('')}/${word} ` }
    }
  }
}

const answerFor = (user: string, question: string) =>
  Array.from({ length: words }, (_, index) => `${user}/${question}/${index + 1} `).join('')

const faultsInTurn: readonly FaultKind[] = [
  'key_error',
  'lost_ack',
  'disconnect',
  'lost_request',
  'duplicate_push',
  'skip_push',
  'connection_reset',
  'auth_expired',
]

async function talk(url: string, user: string, questions: readonly string[], timeouts: TimeoutOptions = {}) {
  // Asked again, it gives a new token for the same person.
  const client = live.client(url, { auth: () => user, timeouts })
  // All of them call their conversation the same.
  const conversation = client.conversation('demo')
  const answers = await Promise.all(questions.map((text) => conversation.sendMessage(text).finished))
  return {
    answers: answers.map(messageText),
    shown: conversation.getSnapshot().messages.map(messageText),
  }
}

// Much work for a machine that has other things to do.
const patience = 60_000

describe('fifty people at once on one server', { timeout: patience }, () => {
  const users = Array.from({ length: 50 }, (_, index) => `user${index}`)
  const questions = ['first', 'second', 'third']

  it('each get their own answers, in order, and nobody else’s', async () => {
    const responder = new AddressedResponder()
    const server = await live.serve({ responder })
    const talks = await Promise.all(users.map((user) => talk(server.url, user, questions)))
    for (const [index, user] of users.entries()) {
      const own = questions.map((question) => answerFor(user, question))
      expect(talks[index]?.answers).toEqual(own)
      expect(talks[index]?.shown).toEqual(questions.flatMap((question, n) => [question, own[n]]))
    }
    expect(responder.runs).toBe(users.length * questions.length)
  })

  it('each get their own answers although something fails for all of them', async () => {
    const responder = new AddressedResponder()
    const server = await live.serve({
      responder,
      retry: { maxAttempts: 3, baseDelay: 5, maxDelay: 20 },
      retryBudget: false,
    })
    for (const [index, user] of users.entries()) {
      const kind = faultsInTurn[index % faultsInTurn.length] ?? 'key_error'
      server.faults.add(user, { kind, after: 2 })
    }
    // What is lost is missed after this.
    const quick = { acknowledge: 1000 }
    const talks = await Promise.all(users.map((user) => talk(server.url, user, questions, quick)))
    for (const [index, user] of users.entries()) {
      const own = questions.map((question) => answerFor(user, question))
      expect(talks[index]?.answers).toEqual(own)
      const stored = await logOf(server, user)
      expect(stored.texts).toEqual(own)
      expect(stored.messages).toHaveLength(questions.length * 2)
    }
    // Failures come before the first word and are the server's own to retry; whatever else failed ran nothing twice.
    expect(responder.runs).toBe(users.length * questions.length)
  })

  it('leaves nothing behind of the people who have left', async () => {
    const server = await live.serve({ responder: new AddressedResponder() })
    const gone = users.slice(0, 20).map((user) => live.client(server.url, { auth: user }))
    await Promise.all(gone.map((client) => client.conversation('demo').sendMessage('first').finished))
    await Promise.all(gone.map((client) => client.close()))
    const stranger = live.client(server.url, { auth: 'stranger' })
    const conversation = stranger.conversation('demo')
    await conversation.sendMessage('second').finished
    expect(conversation.getSnapshot().messages.map(messageText)).toEqual([
      'second',
      answerFor('stranger', 'second'),
    ])
  })
})
