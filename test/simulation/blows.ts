import { CLOSE_GRACE_MS, CloseDeadline } from '../../src/server/close-deadline.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import type { Climate } from './climate.js'
import type { Database } from './database.js'
import type { Device } from './device-storage.js'
import type { Page } from './page.js'
import type { WorldRecord } from './record.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { Node, SimulatedServer } from './simulated-server.js'
import type { Blow } from './steps.js'

const longestRestart = 1500
const longestReload = 600
const longestSleep = 120_000
// Some pauses outlast a lease.
const longestPause = 9000
// How late a page may find that its device has slept.
const latestWaking = 10_000
// How long a person looks at another chat.
const longestVisit = 5000
// Milliseconds until a person signs in again.
const signedOut = 500
const worstClock = 900_000

/** What a blow can fall on. */
export interface Scene {
  readonly clock: Clock
  readonly climate: Climate
  readonly network: SimulatedNetwork
  readonly server: SimulatedServer
  readonly database: Database
  readonly record: WorldRecord
  readonly devices: readonly Device[]
  readonly livePages: readonly Page[]
  /** How many tokens were given out. */
  readonly tokens: number
  readonly now: () => number
  readonly say: (text: string) => void
  openPage(device: Device): Page
  openNeighbour(device: Device, lasts: number): void
}

/** Faults of an instant, and what mends them. */
export class Blows {
  readonly #world: Scene

  constructor(world: Scene) {
    this.#world = world
  }

  strike(what: Blow, page: Page | undefined, random: Random): void {
    const { network, server, climate, say } = this.#world
    climate.note(what)
    say(what)
    switch (what) {
      case 'cut every connection':
        network.cut()
        break
      case 'half-open':
        if (page) network.silence(page.number)
        break
      case 'server crashes':
        this.#crashServer(random)
        break
      case 'server crashes, a new epoch':
        this.#crashServer(random, undefined, () => this.#beginEpoch(random))
        break
      case 'server is replaced':
        this.#replaceServer(random)
        break
      case 'a node pauses':
        this.#pauseNode(random)
        break
      case 'store fails over':
        // The nodes live on, and what they knew last is gone.
        void this.#beginEpoch(random)
        break
      case 'log is trimmed':
        this.#world.record.trims.push(this.#world.now())
        server.trim()
        break
      case 'token expires':
        server.expireTokens(this.#world.tokens + 1)
        break
      case 'page crashes':
        if (page) this.#reopen(page, random, () => page.crash())
        break
      case 'page is closed':
        // One that is put away can't be told.
        if (page) this.#reopen(page, random, () => void (page.machine.isAsleep ? page.crash() : page.close()))
        break
      case 'page is put away':
        if (page) this.#freeze(page, random)
        break
      case 'device sleeps':
        this.#sleep(page, random)
        break
      case 'database closes':
        this.#deviceOf(page)?.storage.closeConnections()
        break
      case 'another chat opens': {
        const device = this.#deviceOf(page)
        if (device) this.#world.openNeighbour(device, 1000 + Math.floor(random() * longestVisit))
        break
      }
      case 'person signs out':
        if (page) this.#signOut(page, random)
        break
      case 'clock is set': {
        const machine = this.#deviceOf(page)?.machine
        this.#world.record.clockSets.push(this.#world.now())
        if (machine) machine.skew = Math.floor((random() * 2 - 1) * worstClock)
      }
    }
  }

  #deviceOf(page: Page | undefined): Device | undefined {
    return this.#world.devices[page?.device ?? 0]
  }

  #anyNode(random: Random): Node | undefined {
    const { nodes } = this.#world.server
    return nodes[Math.floor(random() * nodes.length)]
  }

  #crashServer(random: Random, node = this.#anyNode(random), meanwhile = async () => {}): void {
    const { server, network } = this.#world
    if (!node) return
    server.crash(node, random)
    network.cutNode(node)
    void meanwhile().then(() => this.#restartAfter(random() * longestRestart))
  }

  /** Its connections stay, and nothing comes over them; another node may take its work over meanwhile. */
  #pauseNode(random: Random): void {
    const { clock, say } = this.#world
    const node = this.#anyNode(random)
    if (!node || node.machine.isAsleep) return
    node.machine.sleep()
    clock.setTimeout(
      () => {
        say('the node goes on')
        node.machine.wake()
      },
      Math.floor(random() * longestPause),
    )
  }

  #restartAfter(ms: number): void {
    const { clock, server, say } = this.#world
    clock.setTimeout(() => {
      say('the server starts')
      // As a supervisor does where a process can't begin, for want of its database.
      server.start().catch(() => this.#restartAfter(longestRestart))
    }, Math.floor(ms))
  }

  async #beginEpoch(random: Random): Promise<void> {
    const { record, database, server, livePages, now } = this.#world
    for (const page of livePages) {
      for (const { conversation } of database.current) {
        const { messages } = page.view(conversation)
        const answers = messages.filter(({ role }) => role === 'assistant').map(({ id }) => id)
        record.shownAtEpochs.push({ at: now(), page: page.number, conversation, answers })
      }
    }
    server.forgetTrim()
    await database.loseTail(random)
  }

  #replaceServer(random: Random): void {
    const { server, network } = this.#world
    const node = this.#anyNode(random)
    if (!node || node.machine.isAsleep) return
    network.broadcast(node, 'chat:closing', { reconnect_spread_ms: 200 + Math.floor(random() * 2000) })
    const deadline = new CloseDeadline(300 + CLOSE_GRACE_MS, {
      clock: this.#world.clock,
      logger: silentLogger,
    })
    void node.core.close({ drainMs: 300, deadline }).then(() => {
      deadline.end()
      if (server.nodes.includes(node)) this.#crashServer(random, node)
    })
  }

  /** One page of a device signs out; a while later the person signs in again, on every page that was open. */
  #signOut(page: Page, random: Random): void {
    if (page.machine.isAsleep) return
    const { clock, record, livePages, now } = this.#world
    const open = livePages.filter(({ device }) => device === page.device)
    record.signOuts.push({ at: now(), pages: open.map(({ number }) => number) })
    page.signOut()
    clock.setTimeout(() => {
      for (const one of open)
        if (one.isAlive)
          this.#reopen(one, random, () => void (one.machine.isAsleep ? one.crash() : one.close()))
    }, signedOut)
  }

  #reopen(page: Page, random: Random, end: () => void): void {
    const { clock, devices } = this.#world
    const device = devices[page.device]
    end()
    if (device) clock.setTimeout(() => this.#world.openPage(device), Math.floor(random() * longestReload))
  }

  #sleep(page: Page | undefined, random: Random): void {
    const { clock, network, say } = this.#world
    const device = this.#deviceOf(page)
    if (!device || device.machine.isAsleep) return
    device.machine.sleep()
    network.dropSleepers(device.machine)
    clock.setTimeout(
      () => {
        say(`device ${device.number} wakes`)
        device.machine.wake()
        for (const one of this.#world.livePages)
          if (one.device === device.number)
            clock.setTimeout(() => one.hearsThatItWoke(), Math.floor(random() * latestWaking))
      },
      Math.floor(random() ** 2 * longestSleep),
    )
  }

  #freeze(page: Page, random: Random): void {
    const { clock, network, say } = this.#world
    if (page.machine.isAsleep) return
    page.freeze()
    if (random() < 0.5) network.cut(page.number)
    else network.dropSleepers(page.machine)
    const thaw = () => {
      say(`page ${page.number} is shown again`)
      page.thaw()
    }
    clock.setTimeout(
      () => this.#deviceOf(page)?.machine.whenAwake(thaw),
      Math.floor(random() ** 2 * longestSleep),
    )
  }
}
