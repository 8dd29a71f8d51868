import { LRUCache } from 'lru-cache'
import type { Limits } from '../limits.js'
import { type Bucket, fullBucket, type Rate, takeToken } from './token-bucket.js'

// A user who is forgotten here has not sent for long, or a hundred thousand others have since.
const maxUsers = 100_000

/** The users' recent sends, over all of their connections to this node. */
export class SendRates {
  readonly #rate: Rate
  readonly #buckets = new LRUCache<string, Bucket>({ max: maxUsers })

  constructor({ sendsPerMinute }: Pick<Limits, 'sendsPerMinute'>) {
    this.#rate = { burst: sendsPerMinute, perMs: sendsPerMinute / 60_000 }
  }

  /** @returns 0 if the user may send, otherwise the milliseconds until then. */
  take(user: string, now: number): number {
    if (this.#rate.burst === Number.POSITIVE_INFINITY) return 0
    const { bucket, waitMs } = takeToken(
      this.#buckets.get(user) ?? fullBucket(this.#rate, now),
      this.#rate,
      now,
    )
    this.#buckets.set(user, bucket)
    return waitMs
  }
}

/** The rates of one connection. Joins are counted apart, so that an app with many conversations can come back at once. */
export class RequestRates {
  readonly #requests: Rate
  readonly #joins: Rate
  #requestBucket: Bucket
  #joinBucket: Bucket

  constructor(
    {
      requestsPerSecond,
      requestBurst,
      roomsPerConnection,
    }: Pick<Limits, 'requestsPerSecond' | 'requestBurst' | 'roomsPerConnection'>,
    now: number,
  ) {
    this.#requests = { burst: requestBurst, perMs: requestsPerSecond / 1000 }
    this.#joins = { burst: roomsPerConnection, perMs: requestsPerSecond / 1000 }
    this.#requestBucket = fullBucket(this.#requests, now)
    this.#joinBucket = fullBucket(this.#joins, now)
  }

  /** @returns 0 if the request may go on, otherwise the milliseconds until then. */
  take(event: string, now: number): number {
    if (event === 'chat:join') {
      const { bucket, waitMs } = takeToken(this.#joinBucket, this.#joins, now)
      this.#joinBucket = bucket
      return waitMs
    }
    const { bucket, waitMs } = takeToken(this.#requestBucket, this.#requests, now)
    this.#requestBucket = bucket
    return waitMs
  }
}
