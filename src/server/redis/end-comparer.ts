import type { Clock } from '../../shared/clock.js'
import { delay } from '../../shared/delay.js'
import type { Logger } from '../../shared/logger.js'

export interface EndComparerOptions {
  /** Tells the listeners of a channel how far its log is. */
  readonly compare: (channel: string) => Promise<void>
  readonly logger: Logger
  readonly clock: Clock
}

/** Conversations whose positions are asked for at the same time. */
const AT_ONCE = 200
const AGAIN_MS = 1_000

/**
 * After the connection for messages was lost: whatever came meanwhile, each listener hears how far its log is. A Redis that was
 * restarted takes subscriptions before it has read its data, so the question is asked until Redis answers.
 */
export class EndComparer {
  readonly #options: EndComparerOptions
  readonly #waiting = new Set<string>()
  readonly #closing = new AbortController()
  #isComparing = false

  constructor(options: EndComparerOptions) {
    this.#options = options
  }

  compare(channels: readonly string[]): void {
    for (const channel of channels) this.#waiting.add(channel)
    if (!this.#isComparing) this.#compareAll().catch(() => {})
  }

  close(): void {
    this.#waiting.clear()
    this.#closing.abort()
  }

  async #compareAll(): Promise<void> {
    const { clock, logger } = this.#options
    this.#isComparing = true
    try {
      while (this.#waiting.size > 0) {
        const some = [...this.#waiting].slice(0, AT_ONCE)
        const errors = (await Promise.all(some.map((channel) => this.#compareOne(channel)))).filter(Boolean)
        const [error] = errors
        if (!error) continue
        logger.warn('Redis could not be asked how far conversations are', {
          error: error.name,
          conversations: errors.length,
        })
        await delay(AGAIN_MS, { clock, signal: this.#closing.signal })
      }
    } finally {
      this.#isComparing = false
    }
  }

  async #compareOne(channel: string): Promise<Error | undefined> {
    this.#waiting.delete(channel)
    try {
      await this.#options.compare(channel)
      return undefined
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#waiting.add(channel)
      return error instanceof Error ? error : new Error('unknown')
    }
  }
}
