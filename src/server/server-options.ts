import { nanoid } from 'nanoid'
import { createRetryBudget, type RetryBudgetOptions } from '../recovery/retry-budget.js'
import {
  checkAmount,
  checkClock,
  checkFunction,
  checkLogger,
  checkObject,
  checkOption,
  checkWhole,
  fillIn,
  hasMethods,
  refuseUnknown,
  withDefaults,
} from '../shared/check-option.js'
import { type Clock, type Random, systemClock } from '../shared/clock.js'
import { guarded } from '../shared/listeners.js'
import { hintLogger, type Logger } from '../shared/logger.js'
import type { Retention } from './engine/core-options.js'
import { type LimitOptions, type Limits, resolveLimits } from './limits.js'
import type { ChatUser, Respond, UserWithId } from './respond.js'
import { type RetryPolicyOptions, resolveRetryPolicy } from './retry-policy.js'
import { safeLogger } from './safe-logger.js'
import type { ServerEnv } from './server-env.js'
import { type Access, ownScope } from './socket/access.js'
import type { Authenticate, Handshake } from './socket/authenticate.js'
import type { Interceptor } from './socket/interceptor.js'
import { memoryStore } from './store/memory-store.js'
import type { ChatStore } from './store/store.js'

export interface FilesOptions<User extends UserWithId = ChatUser> {
  /**
   * Whether a person may send a file of this URL. A model's library may download what it is given, so a URL of a
   * service inside your network must not pass. @default `data:` URLs only
   */
  readonly allow: (url: string, user: User) => boolean | Promise<boolean>
}

export interface ChatServerOptions<User extends UserWithId = ChatUser> {
  /** Where answers come from: any async iterable of chunks. A throw is a failed try. */
  readonly respond: Respond<User>
  /** Where conversations live. @default memoryStore() */
  readonly store?: ChatStore | undefined
  /**
   * Says who is on a connection. It throws `UnauthorizedError`, or an `AppError` `token_expired` or `forbidden`, to refuse it.
   * @default everyone is the same guest, and only this machine may connect
   */
  readonly authenticate?: Authenticate<User> | undefined
  /** Says who owns a conversation, and who may do what in it. @default each user's conversations are the user's own */
  readonly access?: Access<User> | undefined
  readonly files?: FilesOptions<User> | undefined
  /** The address that limits per address count; behind a proxy, from a header that the proxy sets. @default the peer's */
  readonly clientAddress?: ((handshake: Handshake) => string) | undefined
  /** Origins of pages that may connect, such as `https://app.example`. @default those of this machine */
  readonly origins?: readonly string[] | undefined
  /** The server's own tries within one attempt. @default 3 tries, 1 s doubling up to 60 s */
  readonly retry?: RetryPolicyOptions | undefined
  /**
   * Bounds the sum of a node's own retries; `false` lifts the bound.
   * @default 100 at the start and at most, 0.2 more a success, 1 more every five minutes
   */
  readonly retryBudget?: RetryBudgetOptions | false | undefined
  /** Milliseconds without a chunk after which a try has failed. @default 60000 */
  readonly silenceMs?: number | undefined
  readonly limits?: LimitOptions | undefined
  /**
   * Milliseconds that chunks are gathered at most before they are stored and sent together. The first chunk of an answer, and
   * the first one after half a second without any, does not wait. With 0 each chunk stays an
   * event of its own, and waits only if others come faster than the store takes them. @default 15
   */
  readonly flushMs?: number | undefined
  readonly retention?: { readonly [Name in keyof Retention]?: Retention[Name] | undefined } | undefined
  /** Milliseconds for which a node may run a conversation's tasks without renewing its lease. @default 15000 */
  readonly leaseMs?: number | undefined
  /** Milliseconds over which clients should spread their return, should this server go. @default no advice */
  readonly reconnectSpreadMs?: number | undefined
  /** Stands between connections and the server, for tests of clients. @default nothing stands between */
  readonly intercept?: Interceptor | undefined
  /** @default silent in production; in development a warning with a hint for the developer goes to the console, once */
  readonly logger?: Logger | undefined
  /**
   * Gets every error of `respond` and every fault of a request as it was thrown, secrets and all: for a debugger, not for a log.
   *
   * @default none; in development a server without a `logger` says in the console, once, that an error was left out
   */
  readonly rawErrorSink?: ((error: unknown) => void) | undefined
  /** @default systemClock */
  readonly clock?: Clock | undefined
  /** @default Math.random */
  readonly random?: Random | undefined
  /** Makes unique ids. @default nanoid */
  readonly createId?: (() => string) | undefined
}

/** The options with their defaults. `authenticate` stays absent: its absence means that only this machine may connect. */
export interface ServerSettings {
  readonly respond: Respond
  readonly env: ServerEnv
  readonly store: ChatStore
  readonly authenticate: Authenticate | undefined
  readonly access: Access
  readonly allowFile: FilesOptions['allow']
  readonly clientAddress: (handshake: Handshake) => string
  readonly origins: readonly string[] | undefined
  readonly retry: RetryPolicyOptions | undefined
  readonly retryBudget: RetryBudgetOptions | false | undefined
  readonly silenceMs: number
  readonly limits: Limits
  readonly flushMs: number
  readonly retention: Retention
  readonly leaseMs: number
  readonly reconnectSpreadMs: number | undefined
  readonly intercept: Interceptor
}

const defaultRetention: Retention = {
  events: 1000,
  compactAfterMs: 60_000,
  idleMs: Number.POSITIVE_INFINITY,
}

const checkStore = hasMethods(
  'read',
  'history',
  'append',
  'lease',
  'compact',
  'subscribe',
  'publish',
  'listen',
  'due',
  'close',
)

/** @throws TypeError, RangeError that name the option. */
export function resolveServerOptions<User extends UserWithId>(
  options: ChatServerOptions<User>,
): ServerSettings {
  checkObject('options', options)
  checkFunction('respond', options.respond)
  for (const name of ['authenticate', 'access', 'clientAddress'] as const)
    if (options[name] !== undefined) checkFunction(name, options[name])
  if (options.store !== undefined) checkStore('store', options.store)
  if (options.files !== undefined) hasMethods('allow')('files', options.files)
  if (options.logger !== undefined) checkLogger('logger', options.logger)
  if (options.rawErrorSink !== undefined) checkFunction('rawErrorSink', options.rawErrorSink)
  if (options.intercept !== undefined) checkObject('intercept', options.intercept)
  if (options.reconnectSpreadMs !== undefined) checkAmount('reconnectSpreadMs', options.reconnectSpreadMs)
  checkOrigins(options.origins)
  // For their errors; each node makes its own.
  resolveRetryPolicy(options.retry)
  createRetryBudget(options.retryBudget, 'retryBudget', systemClock)
  const { authenticate, access, files, clientAddress, respond } = options as unknown as ChatServerOptions
  refuseUnknown('', options, others, { defaults: simpleDefaults })
  const { clock, random, createId, silenceMs, flushMs, leaseMs } = fillIn(
    '',
    options as Partial<typeof simpleDefaults>,
    simpleDefaults,
    simpleChecks,
  )
  const logger = safeLogger(options.logger ?? hintLogger())
  const rawErrorSink = guarded(
    options.rawErrorSink ?? (options.logger ? () => {} : () => logger.warn('error', { hint })),
  )
  return {
    env: { clock, random, createId, logger, rawErrorSink },
    silenceMs,
    flushMs,
    leaseMs,
    respond,
    store: options.store ?? memoryStore({ clock, createId }),
    authenticate,
    access: access ?? ownScope,
    allowFile: files?.allow ?? ((url) => url.startsWith('data:')),
    clientAddress: clientAddress ?? (({ address }) => address),
    origins: options.origins,
    retry: options.retry,
    retryBudget: options.retryBudget,
    limits: resolveLimits(options.limits),
    retention: withDefaults('retention', options.retention, defaultRetention, {
      events: checkWhole(1),
      compactAfterMs: checkAmount,
      idleMs: checkWhole(1),
    }),
    reconnectSpreadMs: options.reconnectSpreadMs,
    intercept: options.intercept ?? {},
  }
}

const simpleDefaults = {
  silenceMs: 60_000,
  flushMs: 15,
  leaseMs: 15_000,
  clock: systemClock as Clock,
  random: Math.random as Random,
  createId: (): string => nanoid(),
}

const simpleChecks = {
  silenceMs: checkWhole(1),
  flushMs: checkAmount,
  leaseMs: checkWhole(100),
  clock: checkClock,
  random: checkFunction,
  createId: checkFunction,
}

const others = [
  ...[
    'respond',
    'store',
    'authenticate',
    'access',
    'files',
    'clientAddress',
    'origins',
    'retry',
    'retryBudget',
  ],
  ...['limits', 'retention', 'reconnectSpreadMs', 'intercept', 'logger', 'rawErrorSink'],
]

// Without a logger a developer would see nothing of a mistake: the page shows a friendly text, and the log is silent.
const hint =
  'an error of this server is not shown; give ChatServer `rawErrorSink: console.error` to see it, and a `logger` in production'

function checkOrigins(origins: unknown): void {
  if (origins === undefined) return
  const isOrigin = (origin: unknown) =>
    typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
  checkOption(
    'origins',
    origins,
    'object',
    'an array of origins, each a scheme, a host and a port without a slash at the end, such as https://app.example',
    (given) => Array.isArray(given) && given.every(isOrigin),
  )
}
