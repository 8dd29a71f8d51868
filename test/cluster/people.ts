import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ChatClient, messageText } from '../../src/index.js'
import { readLog } from '../faults/read-log.js'
import { type Counts, check, type Told } from './check.js'
import { ask, type Question } from './questions.js'

/** Milliseconds for a message and its answer, whatever happens. */
const patience = 60_000

/** A person with a conversation, over the balancer. */
export class Person {
  readonly #user = randomUUID()
  readonly #conversationId = randomUUID()
  readonly #told: (() => Told)[] = []
  readonly #settled: Promise<unknown>[] = []
  readonly #client: ChatClient
  readonly #conversation: ReturnType<ChatClient['conversation']>
  #hasToldOfLoss = false

  constructor(url: string) {
    this.#client = new ChatClient({
      url,
      auth: this.#user,
      locale: 'en',
      socketOptions: { transports: ['websocket'] },
      retry: { maxAttempts: 10 },
      retryBudget: false,
      timeouts: { idle: 5000 },
    })
    this.#conversation = this.#client.conversation(this.#conversationId)
    this.#conversation.on('discontinuity', () => {
      this.#hasToldOfLoss = true
    })
    this.#conversation.subscribe(() => {})
  }

  /** Resolves once it is answered, or failed, or the patience is at its end. */
  ask(question: Question): Promise<unknown> {
    const text = ask(question, this.#told.length)
    const state = { accepted: 'nothing' as Told['accepted'], answered: 'nothing' as Told['answered'] }
    const task = this.#conversation.sendMessage(text)
    const accepted = outcome(task.accepted).then((end) => {
      state.accepted = end
    })
    const answered = outcome(task.finished).then((end) => {
      state.answered = end
    })
    this.#told.push(() => ({ text, words: question.words, ...state }))
    const settled = Promise.race([
      Promise.all([accepted, answered]),
      delay(patience, undefined, { ref: false }),
    ])
    this.#settled.push(settled)
    return settled
  }

  /** What became of all that was asked. */
  async judge(nodeUrl: string): Promise<Counts> {
    await Promise.all(this.#settled)
    const whose = { user: this.#user, conversationId: this.#conversationId }
    const { messages: log } = await readLog(nodeUrl, whose)
    // The last events may be on their way still.
    for (let tries = 0; tries < 50 && this.#screen().length !== log.length; tries += 1) await delay(100)
    return check({
      told: this.#told.map((told) => told()),
      log,
      screen: this.#screen(),
      hasToldOfLoss: this.#hasToldOfLoss,
    })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #screen() {
    return this.#conversation
      .getSnapshot()
      .messages.filter(({ status }) => status !== 'failed')
      .map((message) => ({ role: message.role, text: messageText(message) }))
  }
}

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'yes' as const,
    () => 'no' as const,
  )
