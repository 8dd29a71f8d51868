import type { Codec } from './codec/codec.js'
import { protocolV1 } from './codec/protocol-v1.js'
import type { Auth } from './connection/credentials.js'
import { socketIoTransport } from './connection/socket-io-transport.js'
import type { TransportFactory } from './connection/transport.js'
import { type AppError, isAppError } from './errors/app-error.js'
import { translateError } from './errors/core-translate-error.js'
import type { TranslateOptions } from './errors/create-translate.js'
import {
  defaultRetryConfig,
  type Jitter,
  type RetryConfig,
  type RetryOptions,
  retryChecks,
} from './recovery/backoff.js'
import type { RetryBudgetOptions } from './recovery/retry-budget.js'
import {
  type CheckOption,
  checkAboveZero,
  checkClock,
  checkFunction,
  checkLogger,
  checkName,
  checkObject,
  checkOption,
  fillIn,
  hasMethods,
  inDevelopment,
  refuseUnknown,
  withDefaults,
} from './shared/check-option.js'
import { type Clock, type Random, systemClock } from './shared/clock.js'
import { guarded } from './shared/listeners.js'
import { hintLogger, type Logger } from './shared/logger.js'
import { browserPageSignals, type PageSignals } from './shared/page-signals.js'
import { frameSchedule, type Schedule } from './shared/schedule.js'
import type { ChatStorage } from './storage/intent-store.js'

export interface TimeoutOptions {
  /** Milliseconds for one handshake, and as many for `auth` before it. @default 10000 */
  readonly connect?: number | undefined
  /** Milliseconds for one acknowledgement. @default 10000 */
  readonly acknowledge?: number | undefined
  /** Milliseconds that an accepted task may be silent before the server is asked what became of it. @default 30000 */
  readonly idle?: number | undefined
  /**
   * Milliseconds in which a connection has to show that it is alive after the page has slept, was hidden, or the network
   * changed; else it is replaced. @default 3000
   */
  readonly probe?: number | undefined
}

export interface LimitOptions {
  /**
   * Messages of all conversations that wait to be accepted, those that another page left included; one more is refused
   * with `queue_full`. @default 100
   */
  readonly maxQueued?: number | undefined
  /**
   * UTF-8 bytes of one input as compact JSON; the server's own limit counts too. Stay well under the transport's
   * 1,000,000: what is larger breaks the connection itself. @default 262144
   */
  readonly maxMessageBytes?: number | undefined
  /**
   * Milliseconds after which a message that could not be handed to the server is given up, with `expired`. At most a day,
   * which is also the default: a server remembers for two days which tasks were stopped before it had them. @default 86400000
   */
  readonly maxAge?: number | undefined
  /**
   * Bytes of memory that one message of the log may take in the page, two for each UTF-16 code unit of its parts as compact
   * JSON. The page keeps the beginning of a longer one, and `message.isCut` is true. The default is eight times what an answer
   * of the server half takes at most, by that server's default `answerBytes` of 512 kB: only an answer without an end, or
   * files of megabytes as data URLs, meet it. @default 8388608
   */
  readonly maxAnswerBytes?: number | undefined
}

export interface ChatClientOptions {
  /** Where the Socket.IO server is, with its namespace if it has one. */
  readonly url: string
  /**
   * Passed on to socket.io-client. Its own reconnection, `retries` and `ackTimeout` stay off: retrying and time limits are
   * this SDK's. @default {}
   */
  readonly socketOptions?: Readonly<Record<string, unknown>> | undefined
  /** A token, or a function that is asked for one before each connection. @default none */
  readonly auth?: Auth | undefined
  /**
   * The person who is signed in. `storage` keeps unsent and unfinished intents under it and the server (`url`, its namespace,
   * `socketOptions.path` and `codec`), and they are never sent for, or to, another. Without it nothing is stored; without `storage` it changes nothing.
   * @default none
   */
  readonly identity?: string | undefined
  /**
   * Where those intents are stored, and by which this person's tabs know of each other: `indexedDbStorage()` of
   * `reconvene/storage`, or `durable(adapter)` for a place of your own. Without it unsent messages are gone with the page, and a
   * sign-out ends this client alone. @default none
   */
  readonly storage?: ChatStorage | undefined
  /** How tasks are tried again. @default { maxAttempts: 3, baseDelay: 1000, maxDelay: 5000, jitter: 'full' } */
  readonly retry?: RetryOptions | undefined
  /**
   * How the connection comes back; stretched to the spread that the server advises.
   * @default { maxAttempts: Infinity, baseDelay: 500, maxDelay: 5000, jitter: 'spread' }
   */
  readonly reconnect?: RetryOptions | undefined
  /** Tokens shared by all automatic retries of tasks; `false`: no bound. @default { capacity: 5, refill: 0.2 } */
  readonly retryBudget?: RetryBudgetOptions | false | undefined
  readonly timeouts?: TimeoutOptions | undefined
  /** Language of the friendly texts: `en` or `zh-CN`; others read English. @default the browser's, else `en` */
  readonly locale?: string | undefined
  /** Single texts by error code or category, in place of the locale's; a server's own codes too. @default {} */
  readonly catalog?: Readonly<Record<string, string>> | undefined
  readonly limits?: LimitOptions | undefined
  /** The server's language; `plainCodec` makes a codec for a server without protocol v1. @default protocol v1 */
  readonly codec?: Codec | undefined
  /**
   * Structured, and never an error's text.
   *
   * @default silent in production; in development a warning with a hint for the developer goes to the console, once
   */
  readonly logger?: Logger | undefined
  /** Gets every error as it was thrown, once, secrets and all: for a debugger, not for a log. @default none */
  readonly rawErrorSink?: ((error: unknown) => void) | undefined
  /**
   * How notifications are batched. @default at once if nothing was told for a frame, else with the next animation frame;
   * by timer while the tab is hidden
   */
  readonly schedule?: Schedule | undefined
  /** Milliseconds after which a conversation without a listener is left and dropped; may be `Infinity`. @default 300000 */
  readonly gcTime?: number | undefined
  /** @default the system's clock */
  readonly clock?: Clock | undefined
  /** @default Math.random */
  readonly random?: Random | undefined
  /** @default socket.io-client */
  readonly transport?: TransportFactory | undefined
  /** Signals of the page: it sleeps, wakes, is put away, has a network. @default the browser's events */
  readonly page?: PageSignals | undefined
}

/** The options, checked and complete; but for those of the recovery manager, which checks its own. */
export interface ResolvedOptions {
  readonly url: string
  readonly socketOptions: Readonly<Record<string, unknown>>
  readonly auth: Auth | undefined
  readonly identity: string | undefined
  readonly storage: ChatStorage | undefined
  readonly reconnect: RetryConfig
  readonly timeouts: Readonly<typeof defaults.timeouts>
  readonly limits: Readonly<typeof defaults.limits>
  readonly codec: Codec
  readonly logger: Logger
  readonly schedule: Schedule
  readonly gcTime: number
  readonly clock: Clock
  readonly random: Random
  readonly transport: TransportFactory
  readonly page: PageSignals
  readonly translate: (error: unknown) => AppError
}

// A server forgets stopped tasks after two days, so a message that waited longer than one could run although it was stopped.
const day = 86_400_000

export const defaults = {
  reconnect: {
    ...defaultRetryConfig,
    maxAttempts: Infinity,
    baseDelay: 500,
    // A drawn delay of nearly nothing is an attempt too few: of two in a row, the second would wait too long.
    jitter: 'spread' as Jitter,
  },
  timeouts: { connect: 10_000, acknowledge: 10_000, idle: 30_000, probe: 3000 },
  limits: { maxQueued: 100, maxMessageBytes: 262_144, maxAge: day, maxAnswerBytes: 8_388_608 },
  gcTime: 300_000,
}

const checkCodec = hasMethods('open')

const isStorage = (value: object) => typeof Reflect.get(value, 'open') === 'function'

const checks: { readonly [option: string]: CheckOption } = {
  socketOptions: checkObject,
  auth(option, value) {
    if (typeof value !== 'string') checkOption(option, value, 'function', 'a string or a function')
  },
  identity: checkName,
  storage(option, value) {
    let expected = 'a storage of reconvene/storage'
    inDevelopment(() => {
      expected += ', such as durable(adapter) makes of an adapter'
    })
    checkOption(option, value, 'object', expected, isStorage)
  },
  locale: checkName,
  catalog: checkObject,
  codec(option, value) {
    checkCodec(option, value)
    checkOption('codec.events', (value as Codec).events, 'object', 'an array of names', Array.isArray)
  },
  logger: checkLogger,
  rawErrorSink: checkFunction,
  schedule: checkFunction,
  gcTime: (option, value) => checkOption(option, value, 'number', 'a number of at least 0', (n) => n >= 0),
  clock: checkClock,
  random: checkFunction,
  transport: checkFunction,
  page: hasMethods('isOnline', 'listen'),
}

/** @throws TypeError, RangeError naming the option that is wrong. */
export function resolveOptions(options: ChatClientOptions): ResolvedOptions {
  checkObject('options', options)
  checkName('url', options.url)
  const simpleDefaults = {
    url: '',
    socketOptions: {},
    auth: undefined as Auth | undefined,
    identity: undefined as string | undefined,
    storage: undefined as ChatStorage | undefined,
    locale: browserLocale(),
    catalog: {},
    codec: protocolV1,
    logger: hintLogger(),
    rawErrorSink: (_error: unknown) => {},
    schedule: frameSchedule(options.clock ?? systemClock),
    gcTime: defaults.gcTime,
    clock: systemClock,
    random: Math.random as Random,
    transport: socketIoTransport,
    page: browserPageSignals,
  }
  refuseUnknown('', options, ['timeouts', 'limits', 'reconnect', 'retry', 'retryBudget'], {
    defaults: simpleDefaults,
  })
  const { locale, catalog, rawErrorSink, ...given } = fillIn('', options, simpleDefaults, checks)
  const timeouts = withDefaults('timeouts', options.timeouts, defaults.timeouts)
  const limits = withDefaults('limits', options.limits, defaults.limits)
  for (const [name, value] of Object.entries(timeouts)) checkAboveZero(`timeouts.${name}`, value)
  for (const [name, value] of Object.entries(limits)) checkAboveZero(`limits.${name}`, value)
  checkOption('limits.maxAge', limits.maxAge, 'number', `a number up to ${day}`, (ms) => ms <= day)
  return {
    ...given,
    timeouts,
    limits,
    reconnect: withDefaults('reconnect', options.reconnect, defaults.reconnect, retryChecks),
    translate: translator({ locale, catalog }, rawErrorSink),
  }
}

function browserLocale(): string {
  return typeof navigator !== 'undefined' && navigator.language ? navigator.language : 'en'
}

/** Each error is translated once, although it may pass several places, and so reaches the sink once. */
function translator(
  language: TranslateOptions,
  rawErrorSink: (error: unknown) => void,
): (error: unknown) => AppError {
  const tell = guarded(rawErrorSink)
  const known = new WeakMap<object, AppError>()
  return (error) => {
    const before = known.get(Object(error))
    if (before) return before
    const translated = translateError(error, language)
    if (!isAppError(error)) tell(error)
    for (const key of [Object(error), translated]) known.set(key, translated)
    return translated
  }
}
