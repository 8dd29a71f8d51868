/** What one contender does, in a process of its own. */
export type Scenario =
  | {
      readonly kind: 'deltas'
      readonly deltas: number
      /** Events in one push. */
      readonly perPush: number
      /** Answers that are streamed at the same time, each in a conversation of its own, over one socket. */
      readonly conversations: number
    }
  | {
      readonly kind: 'sends'
      readonly sends: number
      readonly conversations: number
      /** Sends of one conversation that are asked for before the first is acknowledged. */
      readonly atOnce: number
      readonly storage: 'memory' | 'IndexedDB'
    }

export interface Job {
  readonly contender: 'reconvene' | 'socket.io-client'
  /** The server's. */
  readonly url: string
  /** Where the built package is. */
  readonly library: string
  readonly scenario: Scenario
}

/** Of the contender's own process, from the first request to the last event or acknowledgement. */
export interface Measured {
  /** Of deltas, or of sends. */
  readonly perSecond: number
  /** Microseconds of processor time for each, those of the garbage collector and the compiler included. */
  readonly cpu: number
}

/** What a message asks the server to stream; every other message gets a short answer at once. */
export interface Burst {
  readonly deltas: number
  readonly perPush: number
  readonly conversations: readonly string[]
}

export const word = 'word '

export const conversationIds = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)
