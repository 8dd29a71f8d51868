import type { PageListener, PageSignals, TransportFactory } from '../../src/index.js'
import type { LockListener, TabLocks } from '../../src/storage/index.js'

interface Claim extends LockListener {
  readonly tab: MemoryTab
}

interface Hearer {
  /** The channel's. */
  readonly name: string
  readonly heard: (message: unknown) => void
}

/** A browser with several tabs: locks that one tab at a time holds, and a channel between the tabs. */
export class MemoryBrowser {
  readonly tabs = new Set<MemoryTab>()
  /** By name, the claim that holds the lock and behind it those in line. */
  readonly #claims = new Map<string, Claim[]>()

  openTab(transport: TransportFactory): MemoryTab {
    const tab = new MemoryTab(this, transport)
    this.tabs.add(tab)
    return tab
  }

  /** How many locks are held or waited for. */
  get claims(): number {
    return [...this.#claims.values()].flat().length
  }

  /** The names of the channels that tabs listen to. */
  get channels(): string[] {
    return [...new Set([...this.tabs].flatMap((tab) => tab.channels))]
  }

  claim(name: string, claim: Claim): () => void {
    const line = this.#claims.get(name) ?? []
    this.#claims.set(name, line)
    line.push(claim)
    queueMicrotask(() => {
      if (line[0] === claim) claim.held()
      else if (line.includes(claim)) claim.taken()
    })
    return () => this.#giveBack(line, claim)
  }

  /** What a browser does when a tab's process is gone. */
  releaseAllOf(tab: MemoryTab): void {
    for (const line of this.#claims.values()) {
      for (const claim of line.filter((one) => one.tab === tab)) this.#giveBack(line, claim)
    }
  }

  #giveBack(line: Claim[], claim: Claim): void {
    const place = line.indexOf(claim)
    if (place < 0) return
    line.splice(place, 1)
    const next = line[0]
    if (place === 0 && next) queueMicrotask(() => line[0] === next && next.held())
  }
}

/** One tab: what a client in it is given in place of the browser's own. */
export class MemoryTab {
  readonly #browser: MemoryBrowser
  readonly #transport: TransportFactory
  readonly #heard = new Set<Hearer>()
  readonly #listeners = new Set<PageListener>()
  #isRunning = true

  constructor(browser: MemoryBrowser, transport: TransportFactory) {
    this.#browser = browser
    this.#transport = transport
  }

  /** How many listeners the client has on the page and the channel. */
  get listeners(): number {
    return this.#listeners.size + this.#heard.size
  }

  get channels(): string[] {
    return [...this.#heard].map(({ name }) => name)
  }

  readonly tabs: TabLocks = {
    acquire: (name, signal, listener) => {
      const giveBack = this.#browser.claim(name, { ...listener, tab: this })
      signal.addEventListener('abort', giveBack)
    },
    listen: (name, signal, heard) => {
      const hearer = { name, heard }
      this.#heard.add(hearer)
      signal.addEventListener('abort', () => this.#heard.delete(hearer))
      return (message) => {
        for (const tab of this.#browser.tabs) if (tab !== this) tab.#hear(name, message)
      }
    },
  }

  readonly page: PageSignals = {
    isOnline: () => true,
    listen: (listener) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  /** Nothing gets in or out of a tab that doesn't run. */
  readonly transport: TransportFactory = ({ handlers, ...options }) => {
    const inner = this.#transport({
      ...options,
      handlers: {
        connected: () => this.#isRunning && handlers.connected(),
        refused: (error) => handlers.refused(error),
        disconnected: (reason) => this.#isRunning && handlers.disconnected(reason),
        pushed: (event, payload) => this.#isRunning && handlers.pushed(event, payload),
      },
    })
    return {
      open: (auth) => (this.#isRunning ? inner.open(auth) : handlers.refused(new Error('frozen'))),
      close: () => inner.close(),
      emit: (event, payload, acknowledge) => {
        if (this.#isRunning)
          inner.emit(event, payload, acknowledge && ((answer) => this.#isRunning && acknowledge(answer)))
      },
    }
  }

  /** The browser stops the tab, after telling it. */
  freeze(): void {
    for (const { suspend } of this.#listeners) suspend()
    this.#isRunning = false
  }

  thaw(): void {
    this.#isRunning = true
    this.wake()
  }

  wake(): void {
    for (const { wake } of this.#listeners) wake()
  }

  /** The tab's process is gone without a word. */
  crash(): void {
    this.#isRunning = false
    this.#heard.clear()
    this.#browser.releaseAllOf(this)
  }

  #hear(name: string, message: unknown): void {
    queueMicrotask(() => {
      for (const hearer of this.#heard) if (this.#isRunning && hearer.name === name) hearer.heard(message)
    })
  }
}
