/** What a server sends in one measurement. */
export interface Stream {
  readonly conversations: number
  /** Chunks of each answer. */
  readonly chunks: number
  /** Chunks a second of each conversation; null: as fast as the server takes them. */
  readonly perSecond: number | null
  /** Connections that read each conversation. @default 1 */
  readonly readers?: number
  /** Messages that stand in each conversation before. @default 0 */
  readonly history?: number
}

export interface ServerSettings {
  /** `adapter`: bare Socket.IO with its Redis Streams adapter. `resumable`: bare Socket.IO, fed by `resumable-stream`. */
  readonly contender: 'bare' | 'adapter' | 'resumable' | 'memory' | 'file' | 'redis'
  /** Of `redis`, `adapter` and `resumable`. */
  readonly redisUrl?: string
  /** @default 15000 */
  readonly leaseMs?: number
  /** @default 15 */
  readonly flushMs?: number | undefined
  /** Milliseconds after an answer at which its events are folded. @default a minute */
  readonly compactAfterMs?: number
  /** Of the file store. */
  readonly folder?: string
  readonly stream: Stream
}

/** What a server's process says first. */
export interface Started {
  readonly url: string
  /** Milliseconds until it served. */
  readonly startMs: number
  /** Bytes of the heap after a garbage collection. */
  readonly heap: number
}

/** What a server's process took for a stream. */
export interface Taken {
  readonly ms: number
  /** Microseconds of CPU. */
  readonly cpu: number
  /** Bytes of the heap after a garbage collection. */
  readonly heap: number
}

export const word = 'word '

/** Connections of the reading process; each has a share of the conversations open. */
export const sockets = 10
