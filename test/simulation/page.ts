import {
  type ChatClient,
  type ChatMessage,
  type ChatTask,
  type Conversation,
  messageText,
} from '../../src/index.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import { silentLogger } from '../../src/shared/logger.js'
import type { PageListener } from '../../src/shared/page-signals.js'
import type { OutboxStorage } from '../../src/storage/index.js'
import { testClient } from '../support/stored-client.js'
import type { Climate } from './climate.js'
import type { DeviceTabs } from './device-tabs.js'
import { Machine, ProcessClock } from './process-clock.js'
import type { PageRecord, PageView, Settled, Shown, TaskRecord, WorldRecord } from './record.js'
import type { SimulatedNetwork } from './simulated-network.js'

export interface PageOptions {
  readonly number: number
  readonly device: number
  /** The device. */
  readonly machine: Machine
  readonly clock: Clock
  readonly random: Random
  readonly climate: Climate
  readonly network: SimulatedNetwork
  readonly storage: (page: number, clock: ProcessClock) => OutboxStorage
  readonly tabs: DeviceTabs
  readonly conversations: readonly string[]
  readonly retryBudget: boolean
  readonly record: WorldRecord
  /** Milliseconds since the world began. */
  readonly now: () => number
  readonly mintToken: () => string
  readonly say: (text: string) => void
}

// Milliseconds after which nothing of a closed page may be left.
const grace = 400

/** One open page: the real client, and a note of all that it says. */
export class Page {
  readonly number: number
  readonly machine: Machine
  readonly clock: ProcessClock
  readonly client: ChatClient
  readonly record: PageRecord
  readonly #options: PageOptions
  readonly #looking = new Map<string, () => void>()
  #signedOut: Promise<void> | undefined
  readonly #seen = new WeakSet<ChatMessage>()
  readonly #listeners = new Set<PageListener>()
  #token: string

  constructor(options: PageOptions) {
    const { number, device, clock, random, climate, network, storage, retryBudget, now, mintToken } = options
    this.#options = options
    this.number = number
    this.#token = mintToken()
    this.machine = new Machine(clock, options.machine)
    this.clock = new ProcessClock(clock, this.machine)
    const { machine } = this
    const life = { openedAt: now(), endedAt: null, hasCrashed: false, hasLeft: false, wasPutAway: false }
    this.record = { page: number, device, ...life, shows: new Map() }
    options.record.pages.push(this.record)
    this.client = testClient({
      url: 'http://server.test',
      identity: 'ann',
      // Otherwise the mistakes of a world's server are written to the console, as hints for a developer.
      logger: silentLogger,
      auth: ({ reason }) => this.#authorize(reason),
      storage: storage(number, this.clock),
      tabs: options.tabs.openFor(number, this.clock),
      transport: network.transportFor({ page: number, machine, clock: this.clock }),
      page: {
        isOnline: () => climate.strikes('browser says offline', number) === undefined,
        listen: (listener) => {
          this.#listeners.add(listener)
          return () => void this.#listeners.delete(listener)
        },
      },
      clock: this.clock,
      random,
      locale: 'en',
      gcTime: 2000,
      ...(!retryBudget && { retryBudget: false }),
    })
    this.client.on('discontinuity', ({ conversationId, discontinuity: { reason } }) => {
      const at = now()
      options.say(`page ${number}: discontinuity, ${reason}`)
      options.record.discontinuities.push({ at, page: number, conversation: conversationId, reason })
    })
    for (const conversation of options.conversations) this.look(conversation)
  }

  get isAlive(): boolean {
    return this.record.endedAt === null
  }

  get device(): number {
    return this.record.device
  }

  conversation(id: string): Conversation {
    return this.client.conversation(id)
  }

  /** @returns whether nobody did before. */
  look(id: string): boolean {
    if (this.#looking.has(id)) return false
    const conversation = this.conversation(id)
    const note = () => this.#noteAnswers(conversation)
    this.#looking.set(id, conversation.subscribe(note))
    return true
  }

  lookAway(id: string): void {
    this.record.hasLeft = true
    this.#looking.get(id)?.()
    this.#looking.delete(id)
  }

  /** A person's action that made a task. */
  keep(kind: string, conversation: string, text: string, task: ChatTask): void {
    const { record, now, say } = this.#options
    const { number: page, device } = this
    const base = { page, device, conversation, id: task.id, kind, text, at: now() }
    const kept: TaskRecord = { ...base, accepted: null, finished: null }
    record.tasks.push(kept)
    say(`page ${page}: ${kind} ${text} is ${task.id}`)
    const settle = (which: 'accepted' | 'finished') => (settled: Settled) => {
      kept[which] = settled
      say(`page ${page}: ${task.id} ${which}: ${settled.code}`)
    }
    void this.settled(task.accepted).then(settle('accepted'))
    void this.settled(task.finished).then(settle('finished'))
  }

  async settled(promise: Promise<unknown>): Promise<Settled> {
    const { now } = this.#options
    try {
      const value = (await promise) as ChatMessage | undefined
      const text = value?.parts ? messageText(value) : ''
      return { at: now(), code: 'ok', reason: '', text, status: value?.status ?? '' }
    } catch (error) {
      const { code = String(error), message: reason = '' } = error as { code?: string; message?: string }
      return { at: now(), code, reason, text: '', status: '' }
    }
  }

  /** The browser puts it away, with a word before: until {@link thaw} nothing of it runs. */
  freeze(): void {
    this.record.wasPutAway = true
    for (const listener of [...this.#listeners]) listener.suspend()
    this.machine.sleep()
  }

  thaw(): void {
    // What had to wait is done after the page was told.
    this.hearsThatItWoke()
    this.machine.wake()
  }

  hearsThatItWoke(): void {
    if (this.isAlive) for (const listener of [...this.#listeners]) listener.wake()
  }

  /** Without a word, as a browser that is killed. */
  crash(): void {
    this.#end()
    this.record.hasCrashed = true
    this.clock.kill()
    this.#options.network.drop(this.number)
    this.#options.tabs.drop(this.number)
  }

  /** The person leaves, here and in the device's other pages. */
  signOut(): void {
    this.#signedOut = this.client.signOut().catch(() => {})
  }

  async close(): Promise<void> {
    const { clock } = this.#options
    this.#end()
    await this.client.close()
    // A person who leaves is told whether the storage was wiped, also if the page is closed meanwhile.
    await this.#signedOut
    // What the storage has begun before is over by then.
    clock.setTimeout(() => this.machine.whenAwake(() => clock.setTimeout(this.#noteTimers, grace)), grace)
  }

  view(id: string): PageView {
    const { messages, status, error, retryState, hasOlder } = this.conversation(id).getSnapshot()
    const waitsToRetry = retryState !== null
    return { messages: messages.map(shown), status, error: error?.code ?? null, waitsToRetry, hasOlder }
  }

  #noteTimers = (): void => {
    const { pending } = this.clock
    if (pending > 0) this.#options.record.leftOver.push(`${pending} timers of page ${this.number}`)
  }

  #end(): void {
    this.record.endedAt ??= this.#options.now()
  }

  async #authorize(reason: string): Promise<string> {
    const { climate, record, now, mintToken, random, say } = this.#options
    await delay(Math.floor(random() * 40), { clock: this.clock })
    if (reason !== 'expired') return this.#token
    record.renewals.push({ at: now(), page: this.number, token: this.#token })
    say(`page ${this.number}: renews ${this.#token}`)
    if (!climate.strikes('stale tokens', this.number)) this.#token = mintToken()
    return this.#token
  }

  #noteAnswers(conversation: Conversation): void {
    for (const message of conversation.getSnapshot().messages) {
      if (message.role !== 'assistant' || this.#seen.has(message)) continue
      this.#seen.add(message)
      this.#options.record.answersShown.add(messageText(message))
    }
  }
}

const shown = (message: ChatMessage): Shown => ({
  id: message.id,
  role: message.role,
  text: messageText(message),
  status: message.status,
  tools: message.parts
    .flatMap((part) => (part.type === 'tool' ? `${part.toolCallId} ${part.state}` : []))
    .join(),
})
