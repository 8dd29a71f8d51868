import { nanoid } from 'nanoid'
import {
  checkClock,
  checkFunction,
  checkLogger,
  checkName,
  checkWhole,
  withDefaults,
} from '../../shared/check-option.js'
import { type Clock, systemClock } from '../../shared/clock.js'
import { type Logger, silentLogger } from '../../shared/logger.js'
import { safeLogger } from '../safe-logger.js'
import { CandidateEpochs } from './candidate-epochs.js'
import type { ConversationKey } from './conversation-key.js'
import { EmbeddedStore, type EVERY_NODE } from './embedded-store.js'
import { FileKeeper } from './file-keeper.js'
import { judgeStep } from './judge-step.js'
import { Leases } from './leases.js'
import { ListenersByKey } from './listeners-by-key.js'
import type { Change, ChatStore } from './store.js'
import { nodeFileSystem, type StoreFileSystem } from './store-file-system.js'

export type Durability = 'process' | 'disk'

export interface FileStoreOptions {
  /**
   * An acknowledged step survives the end of the process, SIGKILL included, or also a failure of the machine, at the cost of a
   * sync before each acknowledgement. After a failure of the machine, `process` may have lost the last steps of a conversation;
   * that conversation then begins a new epoch, so clients are told. @default 'process'
   */
  readonly durability?: Durability | undefined
  /** Bytes of conversations that are held in memory besides their files. @default 64 MiB */
  readonly maxCachedBytes?: number | undefined
  /** Files that are open at the same time. @default 128 */
  readonly maxOpenFiles?: number | undefined
  /** @default systemClock */
  readonly clock?: Clock | undefined
  /** Makes epochs; each must be unique. @default nanoid */
  readonly createId?: (() => string) | undefined
  /** Says what was mended, set aside or not written. @default silent */
  readonly logger?: Logger | undefined
  /** @internal */
  readonly fs?: StoreFileSystem | undefined
}

/** Fences of one life of the store: each life's are higher than those of all lives before. */
const FENCES_PER_LIFE = 2 ** 32

/**
 * Keeps conversations in a folder, one file each. The folder is made if it is missing, and is one process's alone: the
 * first use rejects with `FolderInUseError` if another store has it open.
 *
 * @throws TypeError, RangeError that name the option.
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): ChatStore {
  checkName('folder', folder)
  const given = withDefaults('', options, defaults, checks)
  const { durability, clock, createId, maxCachedBytes, maxOpenFiles, logger, fs } = given
  const leases = new Leases(clock)
  const onLife = (life: number) => leases.startAbove(life * FENCES_PER_LIFE)
  const keeper = new FileKeeper({
    folder,
    maxCachedBytes,
    maxOpenFiles,
    fs,
    clock,
    logger: safeLogger(logger),
    createId,
    syncs: durability === 'disk',
    onLife,
  })
  const database = {
    keeper,
    leases,
    candidates: new CandidateEpochs(clock, createId),
    changes: new ListenersByKey<ConversationKey, Change>(),
    messages: new ListenersByKey<typeof EVERY_NODE, unknown>(),
    judge: judgeStep,
  }
  return new EmbeddedStore(database, () => keeper.close())
}

const defaults = {
  durability: 'process' as Durability,
  maxCachedBytes: 64 * 1024 * 1024,
  maxOpenFiles: 128,
  clock: systemClock,
  createId: () => nanoid(),
  logger: silentLogger,
  fs: nodeFileSystem,
}

const checks = {
  durability: (option: string, value: unknown) => {
    if (value === 'process' || value === 'disk') return
    throw new RangeError(`unable to use ${option}; expected 'process' or 'disk'`)
  },
  maxCachedBytes: checkWhole(1),
  maxOpenFiles: checkWhole(1),
  clock: checkClock,
  createId: checkFunction,
  logger: checkLogger,
}
