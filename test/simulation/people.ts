import type { ChatPart, ChatTask, Conversation } from '../../src/index.js'
import type { Random } from '../../src/shared/clock.js'
import type { Page } from './page.js'
import { poison } from './poison.js'
import type { WorldRecord } from './record.js'
import type { Action } from './steps.js'

export interface PeopleOptions {
  readonly record: WorldRecord
  readonly now: () => number
  readonly say: (text: string) => void
  readonly struck: (what: Action) => void
  readonly pages: () => readonly Page[]
}

/** What persons do in front of their pages. */
export class People {
  readonly #options: PeopleOptions
  #written = 0

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  act(what: Action, page: Page, conversationId: string, random: Random): void {
    const conversation = page.conversation(conversationId)
    const { messages } = conversation.getSnapshot()
    const one = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
    this.#options.struck(what)
    switch (what) {
      case 'send': {
        const text = `message-${++this.#written}`
        this.#note(page, what)
        page.keep(what, conversationId, text, conversation.sendMessage(text))
        break
      }
      case 'send what breaks the connection': {
        const text = `${poison}-${++this.#written}`
        this.#note(page, what)
        page.keep(what, conversationId, text, conversation.sendMessage(text))
        break
      }
      case 'do it twice':
        this.#doTwice(page, conversationId, random)
        break
      case 'edit': {
        const target = one(messages.filter(({ role, status }) => role === 'user' && status !== 'failed'))
        if (!target) break
        const text = `edit-${++this.#written}`
        this.#note(page, what)
        page.keep(what, conversationId, text, conversation.editMessage(target.id, text))
        break
      }
      case 'regenerate': {
        this.#note(page, what)
        page.keep(what, conversationId, '', conversation.regenerate())
        break
      }
      case 'answer a tool call': {
        const call = one(messages.flatMap(({ parts }) => parts.filter(waits)))
        if (!call) break
        const { toolCallId } = call
        this.#note(page, what)
        const task =
          call.state === 'input'
            ? conversation.addToolOutput({ toolCallId, output: `output-${++this.#written}` })
            : conversation.respondToApproval({ toolCallId, approved: random() < 0.7 })
        page.keep(what, conversationId, '', task)
        break
      }
      case 'retry': {
        const task = conversation.retry()
        this.#note(page, what, task.id)
        page.keep(what, conversationId, '', task)
        break
      }
      case 'retry now':
        this.#note(page, what, conversation.getSnapshot().retryState?.taskId)
        conversation.retryNow()
        break
      case 'stop':
        this.#stop(page, conversationId, one([undefined, one(this.#tasksOf(page, conversationId))]))
        break
      case 'stop a failed one': {
        const failed = one(messages.filter(({ status }) => status === 'failed'))
        if (failed?.taskId) this.#stop(page, conversationId, failed.taskId)
        break
      }
      case 'discard': {
        const failed = messages.find(({ status }) => status === 'failed')
        if (!failed?.taskId) break
        this.#options.say(`page ${page.number}: discards ${failed.taskId}`)
        conversation.discard(failed.taskId)
        break
      }
      case 'load older':
        this.#expect('older messages', page, conversation.loadOlder())
        break
      case 'look away':
        page.lookAway(conversationId)
        break
      case 'look again':
        if (page.look(conversationId)) this.#note(page, what)
        break
      case 'disconnect':
        this.#note(page, what)
        page.client.disconnect()
        break
      case 'connect':
        this.#note(page, what)
        page.client.connect()
    }
  }

  /** A double click; or the same on another page, if the person has one open. */
  #doTwice(page: Page, conversationId: string, random: Random): void {
    const { messages } = page.conversation(conversationId).getSnapshot()
    const one = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
    const shown = new Set(messages.map(({ id }) => id))
    // A person can only press what a page shows, and what that page has in hand may change the target of an edit.
    const others = this.#options
      .pages()
      .filter(
        (other) =>
          !other.machine.isAsleep &&
          this.#tasksOf(other, conversationId).length === 0 &&
          [...shown].every((id) => other.view(conversationId).messages.some((message) => message.id === id)),
      )
    const pages = [page, random() < 0.5 ? page : (one(others) ?? page)]
    const call = one(messages.flatMap(({ parts }) => parts.filter(waits)))
    const question = one(messages.filter(({ role, status }) => role === 'user' && status === 'sent'))
    const answer = one(messages.filter(({ role, status }) => role === 'assistant' && status === 'complete'))
    const text = `edit-${++this.#written}`
    const ways: { readonly text?: string; readonly act: (at: Conversation) => ChatTask }[] = []
    if (call?.state === 'input')
      ways.push({ act: (at) => at.addToolOutput({ toolCallId: call.toolCallId, output: text }) })
    if (call?.state === 'approval')
      ways.push({ act: (at) => at.respondToApproval({ toolCallId: call.toolCallId, approved: true }) })
    if (question) ways.push({ text, act: (at) => at.editMessage(question.id, text) })
    if (answer) ways.push({ act: (at) => at.regenerate({ messageId: answer.id }) })
    const way = one(ways)
    if (!way) return
    const tasks = pages.map((at) => {
      this.#note(at, 'do it twice')
      return { at, task: way.act(at.conversation(conversationId)) }
    })
    const [first, second] = tasks
    if (!first || !second) return
    const kept = second.task.id === first.task.id ? [first] : tasks
    for (const { at, task } of kept) at.keep('twice', conversationId, way.text ?? '', task)
    if (kept.length > 1) this.#options.record.twins.push([first.task.id, second.task.id])
  }

  /** Tasks that were begun here and are not over. */
  #tasksOf(page: Page, conversation: string): string[] {
    const { tasks } = this.#options.record
    return tasks
      .filter((task) => task.page === page.number && task.conversation === conversation && !task.finished)
      .map(({ id }) => id)
  }

  #stop(page: Page, conversation: string, taskId?: string): void {
    const { record, now, say } = this.#options
    const stop = { page: page.number, conversation, task: taskId ?? '', at: now() }
    const kept: WorldRecord['stops'][number] = { ...stop, settled: null }
    record.stops.push(kept)
    say(`page ${page.number}: stops ${taskId ?? 'what runs'}`)
    this.#note(page, 'stop')
    const stopping = page.conversation(conversation).stop(taskId)
    void page.settled(stopping).then((settled) => {
      kept.settled = settled
      say(`page ${page.number}: stop of ${taskId ?? 'what ran'} is ${settled.code}`)
    })
  }

  /** A promise that must settle while its page lives. */
  #expect(what: string, page: Page, promise: Promise<unknown>): void {
    const { hanging } = this.#options.record
    const one = { page: page.number, what: `${what}, asked for at ${this.#options.now()} ms` }
    hanging.push(one)
    void page.settled(promise).then(() => hanging.splice(hanging.indexOf(one), 1))
  }

  #note(page: Page, what: string, task = ''): void {
    const { record, now, say } = this.#options
    record.acts.push({ at: now(), page: page.number, what, task })
    if (what !== 'send' && what !== 'edit') say(`page ${page.number}: ${what} ${task}`)
  }
}

type ToolCall = Extract<ChatPart, { type: 'tool' }>

const waits = (part: ChatPart): part is ToolCall =>
  part.type === 'tool' && (part.state === 'input' || part.state === 'approval')
