import { checkWhole, withDefaults } from '../shared/check-option.js'

/**
 * Bounds for one user, connection, conversation or answer. `Infinity` lifts a limit. Bytes are those of the JSON. Rates are
 * counted on each node.
 */
export interface Limits {
  /** Requests that a connection may make a second in the long run. @default 20 */
  readonly requestsPerSecond: number
  /** Requests that a connection may make at once. @default 40 */
  readonly requestBurst: number
  /** New messages, edits, regenerations, answers to tool calls and retries of one user. @default 60 */
  readonly sendsPerMinute: number
  /** A connection counts once for each namespace that it connects to. @default 30 */
  readonly connectionsPerUser: number
  /**
   * Connections of this node that have connected to no namespace of its Socket.IO server yet; beyond that the oldest is cut.
   *
   * @default 2000
   */
  readonly unnamedConnections: number
  /** Conversations that one connection may have open. @default 100 */
  readonly roomsPerConnection: number
  /** Answers that run at once for one user; others wait. @default 4 */
  readonly runsPerUser: number
  /** Answers that run at once on this node; others wait, or run on another node. @default 1000 */
  readonly runs: number
  /** Tasks that wait in one conversation. @default 100 */
  readonly queuedPerConversation: number
  /** Counted approximately. @default 1000 */
  readonly conversationsPerScope: number
  /** @default 20000000 */
  readonly bytesPerConversation: number
  /** Stops of tasks that have not come yet, in one conversation. @default 1000 */
  readonly tombstonesPerConversation: number
  /** Failed tasks that are kept for a retry; the oldest ones beyond that are stopped. @default 100 */
  readonly failedPerConversation: number
  /** Of the `input` of one send. @default 65536 */
  readonly messageBytes: number
  /** Of one answer; a longer one ends as failed, with its text kept. @default 512000 */
  readonly answerBytes: number
  /** Milliseconds of one answer; a longer one ends as failed, with its text kept. @default 1800000 */
  readonly answerMs: number
  /** Of the answer to a join or of a page of history. @default 1000000 */
  readonly joinBytes: number
  /** Bytes that wait for a connection that does not read; beyond that it is cut. @default 4000000 */
  readonly pendingBytes: number
  /** Milliseconds that bytes may wait for a connection without any progress. @default 10000 */
  readonly pendingMs: number
}

export const defaultLimits: Limits = {
  requestsPerSecond: 20,
  requestBurst: 40,
  sendsPerMinute: 60,
  connectionsPerUser: 30,
  unnamedConnections: 2000,
  roomsPerConnection: 100,
  runsPerUser: 4,
  runs: 1000,
  queuedPerConversation: 100,
  conversationsPerScope: 1000,
  bytesPerConversation: 20_000_000,
  tombstonesPerConversation: 1000,
  failedPerConversation: 100,
  messageBytes: 65_536,
  answerBytes: 512_000,
  answerMs: 30 * 60_000,
  joinBytes: 1_000_000,
  pendingBytes: 4_000_000,
  pendingMs: 10_000,
}

export type LimitOptions = { readonly [Name in keyof Limits]?: Limits[Name] | undefined }

/** @throws TypeError, RangeError naming the limit that is wrong, such as `limits.answerBytes`. */
export function resolveLimits(given?: LimitOptions): Limits {
  const checks = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, checkWhole(1)]))
  const limits = withDefaults('limits', given, defaultLimits, checks)
  // Otherwise a large answer could be stored and never be joined.
  if (limits.answerBytes > limits.joinBytes)
    throw new RangeError('unable to use limits.answerBytes; expected at most limits.joinBytes')
  if (limits.joinBytes > limits.pendingBytes / 2)
    throw new RangeError('unable to use limits.joinBytes; expected at most half of limits.pendingBytes')
  return limits
}
