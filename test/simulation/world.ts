import { conversationKey } from '../../examples/mock-server/conversation-key.js'
import { MemoryLog } from '../../examples/mock-server/conversation-log.js'
import {
  type ChatClient,
  type ChatTask,
  type Conversation,
  memoryStorage,
  messageText,
} from '../../src/index.js'
import { seededRandom } from '../support/random.js'
import { outcome, setUp } from '../support/set-up.js'
import { type Entry, faultsOfAnswers, faultsOfLog, readLog } from './checker.js'

const steps = 14
const healing = 200_000

interface Sent {
  readonly task: ChatTask
  readonly epoch: number
}

/** One small world: a person with two pages, a server, and a network on which everything happens that a seed says. */
class World {
  readonly trace: string[] = []
  readonly violations: string[] = []
  readonly #random
  readonly #setup
  readonly #storage = memoryStorage()
  readonly #sent: Sent[] = []
  readonly #stops: Promise<void>[] = []
  #log = new MemoryLog({ epoch: 'epoch-1' })
  #epoch = 1
  #pages: { client: ChatClient; conversation: Conversation }[] = []

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    const random = this.#random
    this.#setup = setUp({
      server: { log: this.#log, random, latency: 1 + Math.floor(random() * 60) },
      responder: {
        words: 4,
        fail: () => (random() < 0.04 ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
      },
      client: { retryBudget: false, random, identity: 'ann', storage: this.#storage },
    })
    this.#setup.conversation.subscribe(() => {})
    this.#pages.push({ client: this.#setup.client, conversation: this.#setup.conversation })
    // The second page has nothing stored: what two pages of one storage share is another question.
    this.#open({ identity: 'ann', storage: memoryStorage() })
  }

  async run(): Promise<void> {
    const { clock, network } = this.#setup
    for (let step = 0; step < steps; step++) {
      this.#weather()
      await this.#act()
      await clock.advance(Math.floor(this.#random() * 400))
    }
    this.#say('the faults stop')
    network.reachable = true
    network.losesRequest = () => false
    network.losesAnswer = () => false
    network.push = (event) => [event]
    await clock.advance(healing)
    await this.#check()
    for (const { client } of this.#pages) await client.close()
    if (this.#setup.clientClock.pending > 0)
      this.violations.push(`${this.#setup.clientClock.pending} timers are left`)
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #say(text: string): void {
    this.trace.push(`${this.#setup.clock.now() - Date.UTC(2026, 0, 1)} ms: ${text}`)
  }

  /** How bad the network is until the next step. */
  #weather(): void {
    const { network } = this.#setup
    const bad = this.#chance(0.5) ? 0.25 : 0
    const silent = this.#chance(0.05)
    network.reachable = this.#chance(0.85)
    network.losesRequest = () => silent || this.#chance(bad)
    network.losesAnswer = () => silent || this.#chance(bad)
    network.push = (event) => {
      if (silent || this.#chance(bad)) return []
      return this.#chance(bad) ? [event, event] : [event]
    }
    network.coalesce = this.#chance(0.3)
  }

  async #act(): Promise<void> {
    const { network } = this.#setup
    const index = this.#chance(0.75) ? 0 : 1
    const page = this.#pages[index]
    if (!page) return
    const { conversation } = page
    const { messages } = conversation.getSnapshot()
    const what = this.#random()
    if (what < 0.4)
      this.#keep(`page ${index} sends`, conversation.sendMessage(`message ${this.#sent.length}`))
    else if (what < 0.48) this.#stop(index, conversation)
    else if (what < 0.54) this.#keep(`page ${index} regenerates`, conversation.regenerate())
    else if (what < 0.6) {
      const sent = messages.filter(({ role, status }) => role === 'user' && status === 'sent')
      const target = sent[Math.floor(this.#random() * sent.length)]
      if (target)
        this.#keep(`page ${index} edits`, conversation.editMessage(target.id, `edit ${this.#sent.length}`))
    } else if (what < 0.66) this.#keep(`page ${index} retries`, conversation.retry())
    else if (what < 0.7) {
      const failed = messages.find(({ status }) => status === 'failed')
      if (failed?.taskId) conversation.discard(failed.taskId)
    } else if (what < 0.8) {
      this.#say('every connection is cut')
      network.cut()
    } else if (what < 0.88) {
      this.#say('the server crashes and starts on its log')
      await network.restart(this.#log)
    } else if (what < 0.91) {
      this.#say('the server crashes and has lost its log')
      this.#epoch++
      this.#log = new MemoryLog({ epoch: `epoch-${this.#epoch}` })
      await network.restart(this.#log)
    } else if (what < 0.96) {
      this.#say('page 0 is reloaded')
      const old = this.#pages[0]
      this.#pages[0] = this.#open({ identity: 'ann', storage: this.#storage }, 0)
      await old?.client.close()
    } else {
      this.#say('the machine sleeps for ten minutes')
      this.#setup.clock.jump(600_000)
    }
  }

  #keep(what: string, task: ChatTask): void {
    this.#say(`${what} (task ${this.#sent.length})`)
    this.#sent.push({ task, epoch: this.#epoch })
  }

  #stop(index: number, conversation: Conversation): void {
    this.#say(`page ${index} stops`)
    this.#stops.push(conversation.stop())
  }

  #open(options: object, index = this.#pages.length) {
    const client = this.#setup.makeClient(options)
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    const page = { client, conversation }
    this.#pages[index] = page
    return page
  }

  async #check(): Promise<void> {
    const key = conversationKey('guest', 'demo')
    const { steps: stored } = this.#log.read(key)
    const events = stored.flatMap((step) => step.events)
    const inputs = stored.flatMap(({ accepted }) => accepted?.task_id ?? [])
    const truth = readLog(events)
    this.violations.push(...faultsOfLog(events), ...faultsOfAnswers(truth))
    if (new Set(inputs).size < inputs.length) this.violations.push('an input is stored twice')
    this.#pages.forEach(({ conversation }, index) => {
      this.#compare(index, conversation, truth)
    })
    await this.#checkPromises(new Set(events.flatMap(({ task_id }) => task_id ?? [])))
  }

  #compare(index: number, conversation: Conversation, truth: readonly Entry[]): void {
    const { messages, status, retryState } = conversation.getSnapshot()
    const logged = new Set(truth.map(({ id }) => id))
    const shown = messages.map((message) => ({
      id: message.id,
      role: message.role,
      text: messageText(message),
      status: message.status as string,
    }))
    const rest = shown.filter(({ id, status: of }) => !logged.has(id) && of !== 'failed')
    if (rest.length > 0)
      this.violations.push(`page ${index} shows what is not in the log: ${JSON.stringify(rest)}`)
    const seen = JSON.stringify(shown.filter(({ id }) => logged.has(id)))
    if (seen !== JSON.stringify(truth)) {
      this.violations.push(`page ${index} shows ${seen} where the log says ${JSON.stringify(truth)}`)
    }
    if (status !== 'ready' && status !== 'error') this.violations.push(`page ${index} is still ${status}`)
    if (retryState) this.violations.push(`page ${index} still waits to retry`)
  }

  async #checkPromises(storedTasks: ReadonlySet<string>): Promise<void> {
    const pending = Symbol('pending')
    const now = <T>(promise: Promise<T>) =>
      Promise.race([promise, new Promise<typeof pending>((resolve) => setImmediate(() => resolve(pending)))])
    for (const [index, { task, epoch }] of this.#sent.entries()) {
      const accepted = await now(outcome(task.accepted))
      const finished = await now(outcome(task.finished))
      if (accepted === pending || finished === pending) this.violations.push(`task ${index} hangs`)
      const mustBeThere = accepted === 'resolved' && epoch === this.#epoch
      if (mustBeThere && !storedTasks.has(task.id))
        this.violations.push(`task ${index} was accepted and is not stored`)
    }
    for (const [index, stop] of this.#stops.entries()) {
      if ((await now(outcome(stop))) === pending) this.violations.push(`stop ${index} hangs`)
    }
  }
}

export interface Result {
  readonly violations: readonly string[]
  readonly trace: readonly string[]
}

/** Lives one world's life. The same seed gives the same one. */
export async function simulate(seed: number): Promise<Result> {
  const world = new World(seed)
  await world.run()
  return world
}
