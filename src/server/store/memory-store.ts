import { nanoid } from 'nanoid'
import {
  checkClock,
  checkFunction,
  checkLogger,
  checkWhole,
  withDefaults,
} from '../../shared/check-option.js'
import { type Clock, systemClock } from '../../shared/clock.js'
import { type Logger, silentLogger } from '../../shared/logger.js'
import { safeLogger } from '../safe-logger.js'
import { CandidateEpochs } from './candidate-epochs.js'
import type { ConversationKey } from './conversation-key.js'
import { EmbeddedStore, type EVERY_NODE } from './embedded-store.js'
import { judgeStep } from './judge-step.js'
import { Leases } from './leases.js'
import { ListenersByKey } from './listeners-by-key.js'
import { MemoryKeeper } from './memory-keeper.js'
import type { Change, ChatStore } from './store.js'

export interface MemoryStoreOptions {
  /**
   * Bytes of JSON that are held at most. Beyond that the conversations that were unused for longest are forgotten, and the log
   * says so; if all of them are in use, steps are refused with `overloaded`. @default 256 MiB
   */
  readonly maxBytes?: number | undefined
  /** @default systemClock */
  readonly clock?: Clock | undefined
  /** Makes epochs; each must be unique. @default nanoid */
  readonly createId?: (() => string) | undefined
  /** @default silent */
  readonly logger?: Logger | undefined
}

/** A store in memory. */
export interface MemoryStore extends ChatStore {
  /** A store of the same conversations, for another node of this process: it has subscriptions of its own. */
  connect(): MemoryStore
}

/**
 * Keeps conversations in this process's memory, for as long as the process lives.
 *
 * @throws TypeError, RangeError that name the option.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const defaults = {
    maxBytes: 256 * 1024 * 1024,
    clock: systemClock,
    createId: () => nanoid(),
    logger: silentLogger,
  }
  const checks = {
    maxBytes: checkWhole(1),
    clock: checkClock,
    createId: checkFunction,
    logger: checkLogger,
  }
  const { maxBytes, clock, createId, logger } = withDefaults('', options, defaults, checks)
  const leases = new Leases(clock)
  const onForgotten = (key: ConversationKey) => leases.forget(key)
  const database = {
    keeper: new MemoryKeeper({ maxBytes, clock, logger: safeLogger(logger), onForgotten }),
    candidates: new CandidateEpochs(clock, createId),
    leases,
    changes: new ListenersByKey<ConversationKey, Change>(),
    messages: new ListenersByKey<typeof EVERY_NODE, unknown>(),
    judge: judgeStep,
  }
  const connect = (): MemoryStore => Object.assign(new EmbeddedStore(database), { connect })
  return connect()
}
