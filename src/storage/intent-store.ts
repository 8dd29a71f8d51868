import type { AppError } from '../errors/app-error.js'
import type { SendInput } from '../protocol/events.js'
import type { Clock } from '../shared/clock.js'
import type { PageSignals } from '../shared/page-signals.js'
import type { ServerAddress } from './server-key.js'

/** What a client asks of a storage. The functions of `reconvene/storage` make one. */
export interface ChatStorage {
  /** Opens the store of one client. Nothing is read or written before its first use. */
  open(context: StoreContext): IntentStore
}

/** What a store is told of its client, and what it tells the client. */
export interface StoreContext {
  readonly identity: string
  readonly server: ServerAddress
  readonly page: PageSignals
  readonly clock: Clock
  /** Milliseconds after which an intent is of no use any more. */
  readonly maxAge: number
  /** Whether the server recognises an intent that it is sent twice. */
  readonly isIdempotent: boolean
  /** Brings intents that another page left, in order, to their conversation. */
  readonly adopt: (conversationId: string, intents: readonly LeftIntent[]) => void
  /** The owner has signed out in another tab, as the error says. */
  readonly signedOut: (error: AppError) => void
  readonly translate: (error: unknown) => AppError
  /** Told of the first failure. */
  readonly failed: (error: AppError) => void
}

/** An intent as the outbox hands it over; the store adds the owner and the queue. */
export interface NewIntent {
  readonly taskId: string
  readonly input: SendInput
  /** When the person acted, or asked for it again. ISO 8601. */
  readonly createdAt: string
}

/** An intent that another page left, and that the server may have. */
export interface LeftIntent extends NewIntent {
  /** The person has stopped it: the server is to be told, and nothing sent. */
  readonly stopped?: boolean | undefined
  /** Why only a person may have it sent. */
  readonly error?: AppError | undefined
}

/** One owner's intents, kept in a storage. */
export interface IntentStore {
  /**
   * Adopts what earlier pages left. Resolves then, or when that takes too long; intents that are found later are adopted
   * later. Happens once.
   */
  load(): Promise<void>
  /** Stores an intent. An intent that is stored already stays as it is, unless a person has decided to send it once more. */
  put(conversationId: string, intent: NewIntent): void
  /**
   * Resolves when the intent may be sent: it is stored or cannot be, and this tab is the one to send it.
   *
   * @throws AppError `interrupted` if another tab took it over and is done with it. If the server does not recognise a
   * repeat: `maybe_sent` if another tab was first, `storage_unavailable` if the storage could not note that the intent
   * leaves.
   */
  stored(taskId: string, signal: AbortSignal): Promise<void>
  /** Resolves when no other tab has the intent any more. @returns whether there was one to wait for. */
  whenBack(taskId: string, signal: AbortSignal): Promise<boolean>
  /** Whether another tab may have taken the intent over, and sent it. */
  wasElsewhere(taskId: string): boolean
  /** A person's stop outlives the page as their message does; `false` if the stop came to nothing. */
  stopped(taskId: string, stopped: boolean): void
  /** Removes an intent after it was put, however long that takes, so that it does not come back. */
  remove(taskId: string): void
  /** Ends every wait, leaves what is stored to other tabs, and gives back what the storage holds open. Does not fail. */
  close(): Promise<void>
  /**
   * Tells the owner's other tabs that the owner has left, forgets all intents of the owner, and closes.
   *
   * @throws AppError `storage_unavailable`
   */
  signOut(): Promise<void>
}
