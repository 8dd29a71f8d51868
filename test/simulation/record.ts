/**
 * What a world has seen of itself, as plain data: all that the checker knows. Times are milliseconds since the world
 * began.
 */
export interface WorldRecord {
  /** Every log there ever was, one an epoch and conversation, in the order in which they began. */
  readonly logs: LogRecord[]
  readonly frames: Frame[]
  readonly tasks: TaskRecord[]
  readonly stops: StopRecord[]
  /** Pairs of tasks that ask for the same, by their ids: a double click, or two pages. */
  readonly twins: (readonly [first: string, second: string])[]
  /** When a device's clock was set. */
  readonly clockSets: number[]
  /** What persons did that allows a client to act again. */
  readonly acts: Act[]
  readonly discontinuities: DiscontinuityRecord[]
  /** Every text of an answer that a page has shown. */
  readonly answersShown: Set<string>
  /** Answers that pages showed when an epoch ended. */
  readonly shownAtEpochs: ShownAtEpoch[]
  readonly renewals: Renewal[]
  readonly pages: PageRecord[]
  /** By task, how many removals from a storage did not come to pass: a later page may find it there. */
  readonly unremoved: Map<string, number>
  /** Tasks that no later page can know of: they never came into a storage. */
  readonly unstored: Set<string>
  /** When a person left, with the pages of the device that were open. */
  readonly signOuts: SignOut[]
  /** Pages that could not see what their storage holds. */
  readonly unread: Set<number>
  /** What a page for another server sent or showed. */
  readonly strange: string[]
  /** When the log was trimmed. */
  readonly trims: number[]
  /** Promises that are not settled. */
  readonly hanging: Hanging[]
  /** What waits although every page is closed. */
  readonly leftOver: string[]
}

export interface SignOut {
  readonly at: number
  readonly pages: readonly number[]
}

export interface LogRecord {
  readonly conversation: string
  readonly epoch: string
  readonly beganAt: number
  endedAt: number
  readonly events: unknown[]
  readonly inputs: { readonly task_id: string; readonly input: unknown }[]
}

export interface ErrorRecord {
  readonly error?: string
  readonly code?: string
  readonly retryable?: boolean
  readonly retry_after_ms?: number
}

/** Something that passed a page's door. */
export interface Frame {
  readonly at: number
  readonly page: number
  readonly line: number
  /** `hung up`: the page ended an established connection. `broken`: the network or the server did. */
  readonly kind: 'open' | 'refused' | 'request' | 'answer' | 'hung up' | 'broken'
  readonly event: string
  readonly conversation: string
  readonly task: string
  readonly attempt: number
  /** Of the handshake, or of the line that carries the request. */
  readonly token: string
  /** What was refused. */
  readonly error: ErrorRecord | null
  /** When something had last arrived at the page over this connection; null if nothing had. */
  readonly heardAt: number | null
}

export interface Settled {
  readonly at: number
  /** `ok`, or the code of the error. */
  readonly code: string
  /** The error's, for developers; empty if there is none. */
  readonly reason: string
  readonly text: string
  readonly status: string
}

export interface TaskRecord {
  readonly page: number
  readonly device: number
  readonly conversation: string
  readonly id: string
  readonly kind: string
  /** What a person wrote; each text is written once. */
  readonly text: string
  readonly at: number
  accepted: Settled | null
  finished: Settled | null
}

export interface StopRecord {
  readonly page: number
  readonly conversation: string
  readonly task: string
  readonly at: number
  settled: Settled | null
}

export interface Act {
  readonly at: number
  readonly page: number
  readonly what: string
  /** Empty where it is not about one task. */
  readonly task: string
}

export interface DiscontinuityRecord {
  readonly at: number
  readonly page: number
  readonly conversation: string
  readonly reason: string
}

export interface ShownAtEpoch {
  readonly at: number
  readonly page: number
  readonly conversation: string
  readonly answers: readonly string[]
}

export interface Hanging {
  readonly page: number
  readonly what: string
}

/** A page was asked for a new token in the place of `token`. */
export interface Renewal {
  readonly at: number
  readonly page: number
  readonly token: string
}

export interface Shown {
  readonly id: string
  readonly role: string
  readonly text: string
  readonly status: string
  /** Its tool calls, each with its state. */
  readonly tools: string
}

export interface PageRecord {
  readonly page: number
  readonly device: number
  readonly openedAt: number
  /** Null where it lived to the end. */
  endedAt: number | null
  hasCrashed: boolean
  /** Whether it ever left a conversation, and so forgot what it had shown. */
  hasLeft: boolean
  /** Whether the browser ever put it away: then another page may have gone on with what it had sent. */
  wasPutAway: boolean
  /** What it shows in the end, by conversation; nothing where it did not live to the end. */
  readonly shows: Map<string, PageView>
}

export interface PageView {
  readonly messages: readonly Shown[]
  readonly status: string
  /** Its code; null where none is shown. */
  readonly error: string | null
  readonly waitsToRetry: boolean
  readonly hasOlder: boolean
}

export interface Violation {
  /** Which promise is broken, and how, without names and numbers: what shrinking keeps. */
  readonly kind: string
  readonly text: string
}

export const emptyRecord = (): WorldRecord => ({
  logs: [],
  frames: [],
  tasks: [],
  stops: [],
  twins: [],
  clockSets: [],
  acts: [],
  discontinuities: [],
  answersShown: new Set(),
  shownAtEpochs: [],
  renewals: [],
  pages: [],
  unremoved: new Map(),
  unstored: new Set(),
  signOuts: [],
  unread: new Set(),
  strange: [],
  trims: [],
  hanging: [],
  leftOver: [],
})
