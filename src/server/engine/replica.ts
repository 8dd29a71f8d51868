import { type ConversationState, conversationState } from '../conversation/conversation-state.js'
import { foldEvent, setTask } from '../conversation/fold-event.js'
import { type ConversationKey, splitConversationKey } from '../store/conversation-key.js'
import { type AppendResult, decides, type Step, type StorePosition } from '../store/step.js'
import type { Change, ChatStore, StoredConversation, Unsubscribe, Usage } from '../store/store.js'
import type { PlacedEvent } from '../store/stored-event.js'
import { adoptTasks, recordsOf } from './replica-tasks.js'

export interface ReplicaOptions {
  readonly store: ChatStore
  /** Told of every event once, in order, as this node learns of it. Must not throw. */
  readonly push: (replica: Replica, events: readonly PlacedEvent[]) => void
  /** Told that another log is in the place of the one that was pushed, and has no event to push. Must not throw. */
  readonly onReplaced: (replica: Replica) => void
  /** Called if something may have been decided, here or on another node. Must not throw. */
  readonly onDecided: (replica: Replica) => void
  /** Called with what a refresh in the background failed with. */
  readonly onFailed: (error: unknown) => void
}

/**
 * This node's knowledge of one conversation: its position, and, while it is needed, the fold of its log. The node folds its own
 * appends without reading them again; others' appends arrive by the subscription, or are read.
 */
export class Replica {
  readonly key: ConversationKey
  readonly scope: string
  readonly conversationId: string
  readonly #options: ReplicaOptions
  #state: ConversationState | null = null
  /** Up to here events were pushed. `rev` is that of the last complete view of the tasks. */
  #position: StorePosition | null = null
  #base = 0
  #usage: Usage = { bytes: 0, tombstones: 0, conversationsInScope: 0 }
  #exists = false
  #isBehind = true
  /** Reads and appends under way. */
  #busy = 0
  #late: Change[] = []
  #tail: Promise<unknown> = Promise.resolve()
  /** Operations that run, or wait for their turn. */
  #operations = 0
  #subscription: Promise<Unsubscribe> | null = null

  constructor(key: ConversationKey, options: ReplicaOptions) {
    this.key = key
    const { scope, conversationId } = splitConversationKey(key)
    this.scope = scope
    this.conversationId = conversationId
    this.#options = options
  }

  /** The fold, if it is held; it may lack what this node has not heard of. */
  get state(): ConversationState | null {
    return this.#state
  }

  get position(): StorePosition | null {
    return this.#position
  }

  /** The offset up to which the store has folded events into messages. */
  get base(): number {
    return this.#base
  }

  get usage(): Usage {
    return this.#usage
  }

  get exists(): boolean {
    return this.#exists
  }

  /** Runs what decides or appends, one at a time, in the order in which it came. */
  run<T>(operation: () => Promise<T> | T): Promise<T> {
    this.#operations += 1
    const result = this.#tail.then(operation)
    const settled = () => {
      this.#operations -= 1
    }
    // A failed operation is its caller's matter; the next one runs all the same.
    this.#tail = result.then(settled, settled)
    return result
  }

  /** The fold, if it is current and no operation is under way: for what decides or appends within this turn of the event loop. */
  get idleState(): ConversationState | null {
    return this.#operations === 0 && this.#busy === 0 && !this.#isBehind ? this.#state : null
  }

  /** Hears from now on of what other nodes append. Resolves once that is in force. */
  async follow(): Promise<void> {
    this.#subscription ??= this.#options.store.subscribe(this.key, (change) => this.#hear(change))
    try {
      await this.#subscription
    } catch (error) {
      this.#subscription = null
      throw error
    }
  }

  /** Stops hearing. The fold may be behind from now on; a decision that is made from it is compared. */
  async unfollow(): Promise<void> {
    const subscription = this.#subscription
    this.#subscription = null
    const unsubscribe = await subscription?.catch(() => undefined)
    await unsubscribe?.()
  }

  /** The fold may be behind: the next decision reads first. */
  doubt(): void {
    this.#isBehind = true
  }

  /** Gives up the fold: the next one who needs it reads it again. */
  forget(): void {
    this.#state = null
    this.#isBehind = true
  }

  /** The fold, read if it is not held or known to be behind. */
  async load(): Promise<ConversationState> {
    return this.#state && !this.#isBehind ? this.#state : this.refresh()
  }

  /** Brings the fold to the end of the log. @param taskIds closed tasks to look up; they are put among the tasks. */
  async refresh(taskIds: readonly string[] = []): Promise<ConversationState> {
    const state = this.#state
    const after = state ? { epoch: state.epoch, end: state.end } : undefined
    return this.#alone(async () => this.#adopt(await this.#options.store.read(this.key, { after, taskIds })))
  }

  /** Takes in what a reader has read beside this replica, so that whoever listens hears of it too. */
  observe({ exists, usage, position, events }: StoredConversation): void {
    this.#exists = exists
    this.#usage = usage
    this.#hear({ position, events })
  }

  /** Appends, and folds what was stored. @throws the store's error; whether the step is stored is open then. */
  append(step: Step): Promise<AppendResult> {
    return this.#alone(async () => {
      let appended: AppendResult
      try {
        appended = await this.#options.store.append(this.key, step)
      } catch (error) {
        this.#isBehind = true
        throw error
      }
      if (this.#apply(step, appended)) await this.refresh()
      return appended
    })
  }

  /**
   * The same within this turn of the event loop, if the store can; undefined if not, and nothing is stored then.
   *
   * @throws what the store throws.
   */
  appendNow(step: Step): AppendResult | undefined {
    try {
      // The subscription tells of it before the store returns, and nothing is under way that such a change would have to wait for.
      const appended = this.#options.store.appendNow?.(this.key, step)
      if (appended && this.#apply(step, appended)) this.run(() => this.load()).catch(this.#options.onFailed)
      return appended
    } catch (error) {
      this.#isBehind = true
      throw error
    }
  }

  /** Folds the log as far as this node has it into the store's message records. */
  async compact(): Promise<void> {
    const state = await this.load()
    const { messages, changed, epoch, end: offset } = state
    if (offset <= this.#base) return
    const keep = messages.unchanged
    const { result, base } = await this.#options.store.compact(this.key, {
      epoch,
      base: this.#base,
      offset,
      // Copies, because the fold goes on growing.
      changedMessages: structuredClone([...changed].flatMap((id) => messages.get(id) ?? [])),
      order: { keep, ids: messages.slice(keep).map(({ id }) => id) },
    })
    if (result === 'conflict') return this.forget()
    this.#base = base
    changed.clear()
    messages.settle()
  }

  /** Changes heard meanwhile wait: they may be older, or newer, than the operation's result. */
  async #alone<T>(operation: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await operation()
    } finally {
      this.#settle()
    }
  }

  #settle(): void {
    this.#busy -= 1
    if (this.#busy === 0 && this.#late.length > 0)
      for (const change of this.#late.splice(0)) this.#hear(change)
  }

  /** Takes in what a step led to. @returns whether others' events stand between: whoever listens gets them in order, by a read. */
  #apply(step: Step, appended: AppendResult): boolean {
    if (appended.result === 'ok') {
      this.#applyOwn(step, appended)
      return this.#state !== null && this.#state.end < appended.last
    }
    this.#isBehind = true
    // A store that lost the log says so here first.
    if (appended.position.epoch !== this.#position?.epoch)
      this.#hear({ position: appended.position, events: [] })
    return false
  }

  #applyOwn(step: Step, { position, first, last }: Extract<AppendResult, { result: 'ok' }>): void {
    const state = this.#state
    const known = this.#position
    this.#exists = true
    if (known && isSamePosition(known, position) && state?.end === last) return
    const isNext = state?.epoch === position.epoch && first === state.end + 1
    if (!state || !known || !isNext) {
      this.#isBehind = true
      return
    }
    const { at } = step
    this.#take(step.events.map((event, index) => ({ offset: first + index, at, event })))
    if (step.tasks.length > 0) for (const task of recordsOf(step, state.tasks, last)) setTask(state, task)
    const isDecision = decides(step)
    // Another node has decided something in between: the tasks must be read.
    if (position.rev > known.rev + (isDecision ? 1 : 0) || position.end > last) this.#isBehind = true
    else this.#position = position
    if (isDecision) this.#options.onDecided(this)
  }

  #adopt(read: StoredConversation): ConversationState {
    const { position, snapshot, events, base } = read
    const known = this.#position
    this.#base = base
    this.#exists = read.exists
    this.#usage = read.usage
    let state = this.#state
    if (snapshot || state?.epoch !== position.epoch) {
      state = conversationState(position.epoch, base, snapshot?.messages ?? [])
      this.#state = state
      for (const event of events) foldEvent(state, event)
      this.#moveTo(position, events)
    } else this.#take(events)
    this.#position = position
    this.#isBehind = false
    adoptTasks(state, read)
    if (known?.epoch !== position.epoch || known.rev < position.rev) this.#options.onDecided(this)
    return state
  }

  #hear(change: Change): void {
    if (this.#busy > 0) {
      this.#late.push(change)
      return
    }
    const { position, events } = change
    const known = this.#position ?? { ...position, end: (events[0]?.offset ?? position.end + 1) - 1 }
    this.#position = known
    const isSame = known.epoch === position.epoch
    if (isSame && position.rev <= known.rev && position.end <= known.end) return
    if (isSame) this.#take(events)
    const isMissing = !isSame || position.end > (this.#position?.end ?? 0)
    const isDecision = !isSame || position.rev > known.rev
    if (this.#state) this.#isBehind ||= isMissing || isDecision
    else if (!isMissing) this.#position = position
    if (isMissing) this.run(() => this.#catchUp()).catch(this.#options.onFailed)
    if (isDecision) this.#options.onDecided(this)
  }

  /** Reads what the subscription did not tell, for those who listen. */
  async #catchUp(): Promise<void> {
    if (this.#state) {
      await this.load()
      return
    }
    const known = this.#position
    if (!known) return
    await this.#alone(async () => {
      const read = await this.#options.store.read(this.key, { after: known, max: 1 })
      this.#moveTo(read.position, read.events)
    })
  }

  /** Folds and pushes events that go on from what is known; others are left to a read. */
  #take(events: readonly PlacedEvent[]): void {
    const state = this.#state
    if (state) for (const event of events) if (event.offset === state.end + 1) foldEvent(state, event)
    const known = this.#position
    if (!known) return
    const [next] = events
    const news = next && next.offset > known.end ? events : events.filter(({ offset }) => offset > known.end)
    const last = news.at(-1)
    if (!last || news[0]?.offset !== known.end + 1) return
    // Named one by one: a field that is written over a spread costs a miss of V8's inline cache each time.
    this.#position = { epoch: known.epoch, rev: known.rev, end: last.offset }
    this.#options.push(this, news)
  }

  /**
   * Pushes what lies between the known position and this one. If the events do not go on from what was pushed, the last of
   * them makes the listeners join again.
   */
  #moveTo(position: StorePosition, events: readonly PlacedEvent[]): void {
    const known = this.#position
    // First, because an event leaves under the epoch of this position: an offset of one epoch says nothing in another.
    this.#position = position
    if (!known) return
    const isSame = known.epoch === position.epoch
    const news = isSame ? events.filter(({ offset }) => offset > known.end) : events
    const goesOn = isSame && news[0]?.offset === known.end + 1
    if (news.length > 0) this.#options.push(this, goesOn ? news : news.slice(-1))
    else if (!isSame && known.end > 0) this.#options.onReplaced(this)
  }
}

/** Whether there is nothing between the two that a view of one could lack. */
const isSamePosition = (a: StorePosition, b: StorePosition): boolean =>
  a.epoch === b.epoch && a.rev === b.rev && a.end === b.end
