import type { OutgoingTasks } from '../delivery/outgoing-task.js'
import { isStoredIn, type ReadLog } from '../delivery/task-in-log.js'
import type { AppError } from '../errors/app-error.js'
import { countVanished, type LogState } from '../event-log/log-state.js'
import type { LogSynchronizerListener } from '../event-log/log-synchronizer.js'
import { messageById, toArray } from '../event-log/message-list.js'
import type { ChatEvent, JoinAnswer } from '../protocol/events.js'
import type { ConversationAlerts } from './conversation-alerts.js'
import { withoutHidden } from './conversation-state.js'

export interface LogNewsOptions {
  readonly alerts: ConversationAlerts
  /** The log as it is now. */
  readonly read: () => ReadLog
  /** This client's tasks as they are now. */
  readonly tasks: () => OutgoingTasks
  /** @returns whether the app may be told of the event. */
  readonly onChange: (event: ChatEvent | null) => boolean
}

/**
 * Tells the app what the log brings, and what the log no longer shows. The log as the page first had it is history. From then on
 * each message is new once, whether an event brings it or, after a long absence, a snapshot.
 */
export class LogNews implements LogSynchronizerListener {
  /** Bytes that the server takes for one input. */
  serverLimit = Infinity
  readonly #options: LogNewsOptions
  /** The messages that are not new; null until the page has the log. */
  #known: Set<string> | null = null
  /** This client's tasks when a snapshot began to replace the log. */
  #tasksBefore: OutgoingTasks = []
  /** The last failure to join, until a join is answered. */
  #joinError: AppError | null = null

  constructor(options: LogNewsOptions) {
    this.#options = options
  }

  onChange(event: ChatEvent | null): void {
    if (!this.#options.onChange(event)) return
    if (event?.type === 'message') this.#arrive(event.message.id)
    if (event?.type === 'start') this.#arrive(event.message_id)
  }

  onError(error: AppError): void {
    this.#joinError = error
    this.#options.alerts.onError(error)
  }

  onAnswer({ limits }: JoinAnswer): void {
    this.serverLimit = limits.max_message_bytes
    if (this.#joinError) this.#options.alerts.onRecovered(this.#joinError)
    this.#joinError = null
  }

  onSkipped(count: number): void {
    this.#options.alerts.reportDiscontinuity('skipped', count)
  }

  onReplacing(): void {
    this.#tasksBefore = this.#options.tasks()
  }

  onReplaced(before: LogState): void {
    const { alerts, read } = this.#options
    const { log } = read()
    // An intent of this client explains the messages that it had taken off the screen, once the log holds the intent.
    const done = this.#tasksBefore.filter((task) => isStoredIn(read(), task))
    this.#tasksBefore = []
    const vanished = countVanished(log, withoutHidden(before, done))
    if (vanished > 0) alerts.reportDiscontinuity('vanished', vanished)
    const messages = toArray(log.messages)
    const known = this.#known
    this.#known = new Set(messages.map(({ id }) => id))
    // The messages before the last known one are history that the page had not loaded.
    const fresh = known ? messages.slice(messages.findLastIndex(({ id }) => known.has(id)) + 1) : []
    for (const message of fresh) alerts.events.emit('message', message)
  }

  #arrive(id: string): void {
    const { alerts, read } = this.#options
    if (!this.#known || this.#known.has(id)) return
    this.#known.add(id)
    const message = messageById(read().log.messages, id)
    if (message) alerts.events.emit('message', message)
  }
}
