import { nanoid } from 'nanoid'
import {
  checkClock,
  checkFunction,
  checkLogger,
  checkOption,
  withDefaults,
} from '../../shared/check-option.js'
import { type Clock, systemClock } from '../../shared/clock.js'
import { type Logger, silentLogger } from '../../shared/logger.js'
import { safeLogger } from '../safe-logger.js'
import {
  checkCompaction,
  checkCount,
  checkLease,
  checkRead,
  checkStep,
  checkTtl,
} from '../store/check-arguments.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { AppendResult, Step } from '../store/step.js'
import type {
  Change,
  ChatStore,
  Compaction,
  CompactResult,
  DueOptions,
  HistoryPage,
  Lease,
  ReadOptions,
  StoredConversation,
  Unsubscribe,
} from '../store/store.js'
import { isOpenWork } from '../store/stored-task.js'
import { ConversationScripts } from './conversation-scripts.js'
import { EndComparer } from './end-comparer.js'
import { OpenWork } from './open-work.js'
import { knownTasksOf, listOf, textsOf } from './read-replies.js'
import { RedisChannels } from './redis-channels.js'
import { connectionOf, type RedisClient, type RedisConnection } from './redis-connection.js'
import { sayingFull } from './redis-errors.js'
import { RedisKeys } from './redis-keys.js'
import { RedisScopeCounts } from './scope-counts.js'
import { appendResult, changeOf, factsOf, messagesOf, positionOf, tailOf } from './script-answers.js'
import { stepArguments, streamArguments } from './step-arguments.js'

export interface RedisStoreOptions {
  /** The prefix of all names in Redis. It must not hold `{` or `}`. @default 'reconvene:' */
  readonly prefix?: string | undefined
  /** Makes epochs; each must be unique. @default nanoid */
  readonly createId?: (() => string) | undefined
  /** @default silent */
  readonly logger?: Logger | undefined
  /** For timers; the time of leases is Redis' own. @default systemClock */
  readonly clock?: Clock | undefined
  /** The time in milliseconds since the Unix epoch, in the place of Redis' own. @internal */
  readonly now?: (() => number) | undefined
}

/** An append is listed again if its listing was too old: a process that was paused, say. */
const LISTINGS = 3

/**
 * Keeps conversations in Redis 7 or newer (or Valkey), for any number of nodes. It reads from masters only. The client stays
 * yours: `close()` ends only the connection for messages that the store opened itself.
 *
 * @param client of `ioredis` or `redis`, connected; a single server or a cluster.
 * @throws TypeError, RangeError that name the option.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): ChatStore {
  const { logger, prefix, createId, clock, now } = withDefaults('', options, defaults, checks)
  return new RedisStore(sayingFull(connectionOf(client)), {
    prefix,
    createId,
    clock,
    now,
    logger: safeLogger(logger),
  })
}

const defaults = {
  prefix: 'reconvene:',
  createId: () => nanoid(),
  logger: silentLogger,
  clock: systemClock,
  /** Redis' own time. */
  now: (): number => Number.NaN,
}

const checks = {
  prefix: (option: string, value: unknown) =>
    checkOption(option, value, 'string', 'a string without braces', (text) => !/[{}]/.test(text)),
  createId: checkFunction,
  logger: checkLogger,
  clock: checkClock,
  now: checkFunction,
}

class RedisStore implements ChatStore {
  readonly #redis: RedisConnection
  readonly #options: typeof defaults
  readonly #keys: RedisKeys
  readonly #scripts: ConversationScripts
  readonly #scopes: RedisScopeCounts
  readonly #open: OpenWork
  readonly #channels: RedisChannels
  readonly #ends: EndComparer
  /** The conversation that a channel is about. */
  readonly #subscribed = new Map<string, ConversationKey>()

  constructor(redis: RedisConnection, options: typeof defaults) {
    this.#redis = redis
    this.#options = options
    this.#keys = new RedisKeys(options.prefix)
    this.#scripts = new ConversationScripts(redis, this.#keys, () => this.#now(), options.createId)
    this.#scopes = new RedisScopeCounts(redis, this.#keys, () => this.#wallClock())
    this.#open = new OpenWork(redis, this.#keys, () => this.#now())
    const { logger, clock } = options
    this.#ends = new EndComparer({ compare: (channel) => this.#compareEnd(channel), logger, clock })
    this.#channels = new RedisChannels({
      redis,
      ownChannel: this.#keys.ownChannelOf(nanoid()),
      logger,
      clock,
      onReconnect: (channels) => this.#ends.compare(channels),
    })
  }

  async read(key: ConversationKey, options: ReadOptions = {}): Promise<StoredConversation> {
    checkRead(options)
    const { after, max, taskIds = [] } = options
    const isBounded = max !== undefined && Number.isFinite(max)
    const args = [
      after?.epoch ?? '',
      after ? `${after.end}` : '',
      isBounded ? `${Math.max(0, max)}` : '',
      ...taskIds,
    ]
    const [facts, tail, goesOn, messages, older, known] = listOf(await this.#scripts.run('read', key, args))
    // A client may be set to give numbers as texts.
    const continues = Number(goesOn) === 1
    const { running, holder, bytes, tombstones, ...rest } = factsOf(facts)
    const exists = rest.position.rev > 0
    const conversationsInScope = exists ? 0 : await this.#scopes.countOf(key)
    return {
      exists,
      position: rest.position,
      base: rest.base,
      ...tailOf(tail, rest, continues ? (after?.end ?? 0) : rest.base),
      snapshot: continues ? null : { messages: messagesOf(messages), older: Number(older) },
      running,
      holder,
      known: knownTasksOf(textsOf(known)),
      usage: { bytes, tombstones, conversationsInScope },
    }
  }

  async history(key: ConversationKey, before: string, max: number): Promise<HistoryPage | null> {
    checkCount('max', max)
    const reply = await this.#scripts.run('history', key, [
      before,
      `${Math.min(max, Number.MAX_SAFE_INTEGER)}`,
    ])
    if (reply === null) return null
    const [facts, tail, messages, older] = listOf(reply)
    const { position, base, since } = factsOf(facts)
    const events = tailOf(tail, { since }, base)
    return { position, base, ...events, messages: messagesOf(messages), older: Number(older) }
  }

  async append(key: ConversationKey, step: Step): Promise<AppendResult> {
    checkStep(step)
    // At once: the step is kept as it is now, and one that is no JSON reaches nothing.
    const streamed = streamArguments(step)
    if (streamed) {
      const answer = await this.#scripts.stream(key, streamed)
      if (answer !== null) {
        const [result = '', ...rest] = textsOf(answer)
        return appendResult(result, rest)
      }
    }
    const opensWork = step.tasks.some(isOpenWork)
    const args = stepArguments(step, '')
    const isNew = step.kind !== 'run' && step.expect.rev === 0
    // A listing of a conversation that is gone may be gone with it.
    if (isNew) this.#open.forget(key)
    if (isNew || (step.kind === 'accept' && step.keepMs !== undefined))
      await this.#scopes.add(key, step.keepMs)
    for (let listing = 0; listing < LISTINGS; listing += 1) {
      if (opensWork) args[LISTED_AT] = await this.#open.add(key)
      const [result, ...rest] = textsOf(await this.#scripts.run('append', key, args))
      if (result === 'closed') throw new RangeError('unable to append a step; it opens a task that is over')
      if (result !== 'unlisted')
        return appendResult(result ?? '', rest, step.kind === 'accept' ? step.digest : undefined)
      this.#open.forget(key)
    }
    throw new Error('unable to append a step; it took longer than its listing holds')
  }

  async lease(key: ConversationKey, node: string, ttlMs: number): Promise<Lease | null> {
    checkLease(node, ttlMs)
    const reply = await this.#scripts.run('lease', key, [node, `${Math.ceil(ttlMs)}`])
    if (reply === null) return null
    const [fence = '', ...position] = textsOf(reply)
    return {
      fence: Number(fence),
      position: positionOf(position),
      renew: async (ttl) => {
        checkTtl(ttl)
        const renewed = await this.#scripts.run('renew', key, [fence, `${Math.ceil(ttl)}`])
        return renewed === null ? null : positionOf(textsOf(renewed))
      },
      release: async () => void (await this.#scripts.run('release', key, [fence])),
    }
  }

  async compact(key: ConversationKey, compaction: Compaction): Promise<CompactResult> {
    checkCompaction(compaction)
    const { epoch, base, offset, changedMessages, order } = compaction
    const messages = changedMessages.flatMap((message) => [message.id, JSON.stringify(message)])
    const numbers = [base, offset, order.keep, order.ids.length].map(String)
    const args = [epoch, ...numbers, ...order.ids, ...messages]
    const [result, baseNow, ...position] = textsOf(await this.#scripts.run('compact', key, args))
    if (result === 'bad') throw new RangeError('unable to compact; the order does not fit the messages')
    return {
      result: result === 'ok' ? 'ok' : 'conflict',
      position: positionOf(position),
      base: Number(baseNow),
    }
  }

  async subscribe(key: ConversationKey, listener: (change: Change) => void): Promise<Unsubscribe> {
    const channel = this.#keys.channelOf(key)
    this.#subscribed.set(channel, key)
    const forget = () => {
      if (!this.#channels.has(channel)) this.#subscribed.delete(channel)
    }
    try {
      const leave = await this.#channels.add(channel, (message) => listener(changeOf(message)))
      return () => leave().finally(forget)
    } catch (error) {
      forget()
      throw error
    }
  }

  async publish(message: unknown): Promise<void> {
    const channel = this.#keys.nodesChannel
    await this.#redis.run(channel, ['PUBLISH', channel, JSON.stringify(message)])
  }

  listen(listener: (message: unknown) => void): Promise<Unsubscribe> {
    return this.#channels.add(this.#keys.nodesChannel, (message) => listener(JSON.parse(message)))
  }

  async due(max = 100, { held = false }: DueOptions = {}): Promise<readonly ConversationKey[]> {
    const due: ConversationKey[] = []
    for await (const page of this.#open.pages()) {
      const states = await Promise.allSettled(page.map(({ key }) => this.#scripts.run('position', key, [])))
      for (const [index, { key, at }] of page.entries()) {
        const state = states[index]
        // A conversation that cannot be asked for, such as one of a cluster's server that is down, cannot be run; the others can.
        if (state?.status !== 'fulfilled') continue
        const [hasWork, isFree] = listOf(state.value).map(Number)
        if (hasWork === 0) await this.#open.remove(key, at)
        else if (held || isFree === 1) due.push(key)
      }
      this.#warnOf(states)
      if (due.length >= max) break
    }
    return due.slice(0, max)
  }

  async close(): Promise<void> {
    this.#ends.close()
    await this.#channels.close()
    this.#subscribed.clear()
  }

  #now(): string {
    const now = this.#options.now()
    return Number.isNaN(now) ? '' : `${now}`
  }

  /** One line, however many there are. */
  #warnOf(states: readonly PromiseSettledResult<unknown>[]) {
    const failures = states.filter(({ status }) => status === 'rejected')
    const [first] = failures as PromiseRejectedResult[]
    if (!first) return
    this.#options.logger.warn('Redis could not be asked for open work', {
      error: first.reason instanceof Error ? first.reason.name : 'unknown',
      conversations: failures.length,
    })
  }

  async #compareEnd(channel: string): Promise<void> {
    const key = this.#subscribed.get(channel)
    if (!key) return
    const [, , ...position] = textsOf(await this.#scripts.run('position', key, []))
    this.#channels.tell(channel, JSON.stringify([...position, '', '', ['']]))
  }

  /** Good enough for a count that is approximate. */
  #wallClock(): number {
    const now = this.#options.now()
    return Number.isNaN(now) ? Date.now() : now
  }
}

/** Where `stepArguments` has the time of the listing. */
const LISTED_AT = 13
