import { conversationKey } from '../../src/server/store/index.js'
import { seededRandom } from '../support/random.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { Blows, type Scene } from './blows.js'
import { Climate } from './climate.js'
import { Database } from './database.js'
import { type Device, DeviceStorage } from './device-storage.js'
import { DeviceTabs } from './device-tabs.js'
import { FrameLog } from './frame-log.js'
import { Neighbour } from './neighbour.js'
import { Page } from './page.js'
import { People } from './people.js'
import { Machine, ProcessClock } from './process-clock.js'
import { emptyRecord, type WorldRecord } from './record.js'
import type { Schedule } from './schedule.js'
import { SimulatedNetwork } from './simulated-network.js'
import { SimulatedServer, user } from './simulated-server.js'
import { type Action, isBlow, isWeather, type Step, type StepName } from './steps.js'

/** Milliseconds in which everything must have settled, before and after the last stir. */
const healing = 150_000

// Above the number of every page.
const neighbours = 1000

export interface Life {
  readonly record: WorldRecord
  readonly trace: readonly string[]
  readonly struck: ReadonlyMap<StepName, number>
}

/** One small world: persons with pages on their devices, a network, a server and its database. */
export class World implements Scene {
  readonly record = emptyRecord()
  readonly trace: string[] = []
  readonly clock = new VirtualClock()
  readonly climate = new Climate(this.clock)
  readonly devices: readonly Device[]
  readonly server: SimulatedServer
  readonly network: SimulatedNetwork
  readonly database: Database
  readonly schedule: Schedule
  readonly pages: Page[] = []
  readonly #frames: FrameLog
  readonly #conversations: readonly string[]
  readonly #began = this.clock.now()
  #tokens = 0

  constructor(schedule: Schedule, { isTraced = false } = {}) {
    this.schedule = schedule
    this.#isTraced = isTraced
    const { terms, seed } = schedule
    const { clock, climate, record } = this
    const { latency, coalesce, writeMs, storesAtOnce } = terms
    const source = (part: number) => seededRandom(Math.imul(seed + 1, 0x85ebca6b) + part)
    this.#conversations = ['demo', 'other'].slice(0, terms.conversations)
    const keys = new Map(this.#conversations.map((id) => [id, conversationKey(user, id)]))
    this.#frames = new FrameLog(record.frames, clock, this.say)
    const folded = () => void record.trims.push(this.now())
    this.database = new Database({ clock, climate, writeMs, storesAtOnce, keys, now: this.now, folded })
    const way = { latency, coalesce, keys, frames: this.#frames }
    this.network = new SimulatedNetwork({ clock, climate, random: source(1), ...way })
    const { publish, breakOff } = this.network
    const { database } = this
    this.server = new SimulatedServer({
      clock,
      climate,
      database,
      terms,
      keys,
      publish,
      breakOff,
      random: source(2),
    })
    this.network.connectTo(this.server)
    this.#random = source(3)
    this.devices = Array.from({ length: terms.devices }, (_, number) => {
      const machine = new Machine(clock)
      const storage = new DeviceStorage({
        clock: new ProcessClock(clock, machine),
        climate,
        random: source(10 + number),
        unremoved: record.unremoved,
        unstored: record.unstored,
        unread: record.unread,
      })
      return { number, machine, storage, tabs: new DeviceTabs() }
    })
  }

  readonly #random
  readonly #isTraced

  now = (): number => this.clock.now() - this.#began

  say = (text: string): void => {
    if (this.#isTraced) this.trace.push(`${String(this.now()).padStart(7)} ms  ${text}`)
  }

  get tokens(): number {
    return this.#tokens
  }

  get livePages(): Page[] {
    return this.pages.filter(({ isAlive }) => isAlive)
  }

  openPage(device: Device): Page {
    const { clock, climate, network, record, now, say } = this
    const { retryBudget } = this.schedule.terms
    const { machine, number, storage, tabs } = device
    const page = new Page({
      ...{ clock, climate, network, record, now, say, retryBudget, machine, tabs },
      number: this.pages.length,
      device: number,
      random: this.#random,
      storage: (of, processClock) => storage.openFor(of, processClock),
      conversations: this.#conversations,
      mintToken: () => `ann:${++this.#tokens}`,
    })
    this.pages.push(page)
    return page
  }

  /** A page for another server, on the same device, for as long as a person looks at it. */
  openNeighbour(device: Device, lasts: number): void {
    const { clock, record, now } = this
    // Its number is no page's: what strikes pages does not meet it.
    const number = neighbours + this.pages.length
    const own = new ProcessClock(clock, new Machine(clock, device.machine))
    const neighbour = new Neighbour({
      number,
      clock: own,
      random: this.#random,
      storage: device.storage.openFor(number, own),
      tabs: device.tabs,
      conversations: this.#conversations,
      strange: (what) => record.strange.push(`${what} by the page for another server at ${now()} ms`),
    })
    clock.setTimeout(() => device.machine.whenAwake(() => void neighbour.close()), lasts)
  }

  async run(): Promise<Life> {
    const { clock, climate } = this
    const { record, now, say } = this
    const struck = (what: Action) => climate.note(what)
    const people = new People({ record, now, say, struck, pages: () => this.livePages })
    const blows = new Blows(this)
    for (let node = 0; node < this.schedule.terms.nodes; node++) await this.server.start()
    for (const device of this.devices)
      for (let tab = 0; tab < (device.number === 0 ? this.schedule.terms.tabs : 1); tab++)
        this.openPage(device)
    for (const step of this.schedule.steps) {
      await clock.advance(this.#began + step.at - clock.now())
      this.#do(step, people, blows)
    }
    await this.#heal(people)
    await this.#end()
    return { record, trace: this.trace, struck: climate.struck }
  }

  #do(step: Step, people: People, blows: Blows): void {
    const { what, salt, lasts } = step
    const random = seededRandom(salt)
    const pages = this.livePages
    const page = pages[step.page % pages.length]
    if (isWeather(what)) {
      this.say(`${what} for ${lasts} ms`)
      this.climate.begin(step, page?.number ?? 0)
    } else if (isBlow(what)) blows.strike(what, page, random)
    else if (page && !page.machine.isAsleep) {
      const conversation = this.#conversations[Math.floor(random() * this.#conversations.length)] ?? 'demo'
      people.act(what, page, conversation, random)
    }
  }

  /** The faults stop, and whoever was sent away or looked away comes back. */
  async #heal(people: People): Promise<void> {
    const { clock, climate, network } = this
    this.say('the faults stop')
    climate.end()
    for (const { machine } of [...this.devices, ...this.server.nodes]) machine.wake()
    for (const page of this.livePages) if (page.machine.isAsleep) page.thaw()
    await clock.advance(3000)
    for (const device of this.devices)
      if (!this.livePages.some((page) => page.device === device.number)) this.openPage(device)
    for (const page of this.livePages) {
      const { status } = page.client.getSnapshot().connection
      // Whose new token was refused as well is told so, and signs in again.
      const isRefused = this.#conversations.some((id) => page.view(id).error === 'token_expired')
      if (isRefused) people.act('disconnect', page, 'demo', this.#random)
      if (isRefused || status === 'failed' || status === 'idle')
        people.act('connect', page, 'demo', this.#random)
      for (const id of this.#conversations) people.act('look again', page, id, this.#random)
    }
    await clock.advance(healing)
    // A page cannot know of a lost push before something else comes: another event, or another connection.
    if (this.schedule.terms.lastWord)
      for (const id of this.#conversations) people.act('send', this.livePages[0] as Page, id, this.#random)
    else network.cut()
    await clock.advance(healing)
  }

  async #end(): Promise<void> {
    const { record, network } = this
    record.logs.push(...this.database.logs)
    if (this.#frames.isFlooded) record.leftOver.push(`more than ${record.frames.length - 1} frames`)
    for (const page of this.livePages) {
      for (const id of this.#conversations) page.record.shows.set(id, page.view(id))
      for (const task of record.tasks)
        if (task.page === page.number && (!task.accepted || !task.finished))
          record.hanging.push({ page: page.number, what: `task ${task.id}` })
      for (const stop of record.stops)
        if (stop.page === page.number && !stop.settled)
          record.hanging.push({ page: page.number, what: `stop of ${stop.task}` })
    }
    for (const page of this.livePages) await page.close()
    await this.clock.advance(1000)
    for (const page of this.pages) {
      if (page.record.hasCrashed) continue
      if (network.openLines(page.number) > 0) record.leftOver.push('a connection')
      for (const task of record.tasks)
        if (task.page === page.number && (!task.accepted || !task.finished))
          record.hanging.push({ page: page.number, what: `task ${task.id}, although its page is closed` })
    }
  }
}

/** Lives one world's life. The same schedule gives the same one. */
export const live = (schedule: Schedule, options?: { readonly isTraced?: boolean }): Promise<Life> =>
  new World(schedule, options).run()
