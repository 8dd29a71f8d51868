import { delay } from '../../shared/delay.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import { interruptStep } from '../conversation/decisions.js'
import { nextTurn, type TaskRecord, type Turn, userOf } from '../conversation/task-record.js'
import { failureFields } from '../failure-fields.js'
import type { Respond } from '../respond.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { ChatStore } from '../store/store.js'
import { decide, FencedError } from './decide.js'
import { HeldLease } from './held-lease.js'
import { Orphans } from './orphans.js'
import type { Replica } from './replica.js'
import type { Replicas } from './replicas.js'
import type { RunOptions } from './run-options.js'
import type { RunSlots } from './run-slots.js'
import { TaskRun } from './task-run.js'

export interface RunnerOptions {
  readonly run: RunOptions
  readonly store: ChatStore
  readonly replicas: Replicas
  readonly slots: RunSlots
  /** Names this process's life. */
  readonly node: string
  readonly leaseMs: number
  /** Called as a conversation has nothing more to run. */
  readonly onIdle: (replica: Replica) => void
}

/** A conversation whose tasks this node runs. */
interface Activity {
  readonly over: Promise<void>
  /** Something was decided while it went on: it looks once more before it ends. */
  isWoken: boolean
  /** It has had a slot, and so has woken whoever waited for that slot. */
  hasRun: boolean
  /** Lets it look again, while it waits for a slot under its lease. */
  look: () => void
  lease: HeldLease | null
  run: TaskRun | null
}

/** Runs the tasks of conversations: in each, one at a time, in log order, under a lease. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #active = new Map<ConversationKey, Activity>()
  /** How the app's own answers are made; only this process has these functions. */
  readonly #responds = new Map<string, Respond>()
  readonly #orphans: Orphans
  #isClosed = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#orphans = new Orphans(options.leaseMs)
  }

  get running(): number {
    return [...this.#active.values()].filter(({ run }) => run).length
  }

  /** Lets the next task begin, if none runs and no other node holds the lease. */
  wake(key: ConversationKey): void {
    const active = this.#active.get(key)
    if (active) {
      active.isWoken = true
      active.look()
    } else if (!this.#isClosed) this.#begin(key)
  }

  /** Something was decided, here or elsewhere: a run that it ends is aborted, and what waits is looked at. */
  decided(replica: Replica): void {
    const active = this.#active.get(replica.key)
    if (!active) return
    active.isWoken = true
    active.run?.look()
    active.look()
  }

  /** Ends what a node that is gone left running. Resolves once that is stored, or another node runs the conversation. */
  async takeOver(key: ConversationKey): Promise<void> {
    if (this.#active.has(key) || this.#isClosed) return
    await new Promise<void>((resolve) => {
      this.#begin(key, resolve)
    })
  }

  /** How a task of the app's own is answered, for as long as this process lives; null if it need not be answered. */
  answerWith(key: ConversationKey, taskId: string, respond: Respond | null): void {
    if (respond) this.#responds.set(nameOf(key, taskId), respond)
    else this.#responds.delete(nameOf(key, taskId))
  }

  /** The conversations in which this node runs something, or would. */
  get keys(): ConversationKey[] {
    return [...new Set([...this.#active.keys(), ...this.#options.slots.waitingKeys])]
  }

  /** Lets what runs finish within `drainMs` milliseconds, and ends the rest as interrupted. Nothing begins any more. */
  async close(drainMs: number): Promise<void> {
    this.#isClosed = true
    for (const { look } of this.#active.values()) look()
    const { clock } = this.#options.run.env
    const timer = new AbortController()
    const allOver = Promise.all([...this.#active.values()].map(({ over }) => over))
    await Promise.race([allOver, delay(drainMs, { clock, signal: timer.signal }).catch(() => {})])
    timer.abort()
    for (const { run } of this.#active.values()) run?.abort(new FencedError())
    await Promise.all([...this.#active.values()].map(({ over }) => over))
  }

  /** Waits no longer for a store that does not answer: no timer is left. Another node takes over once the leases expire. */
  giveUp(): void {
    for (const { lease } of this.#active.values()) lease?.lose()
    this.#active.clear()
  }

  /** Leaves everything as a crash would: the store is not told. */
  abandon(): void {
    this.#isClosed = true
    for (const { lease, run } of this.#active.values()) {
      lease?.abandon()
      run?.abort(new FencedError())
    }
    this.#active.clear()
  }

  #begin(key: ConversationKey, onTakenOver: () => void = () => {}): void {
    const activity: Activity = {
      isWoken: false,
      hasRun: false,
      look: () => {},
      lease: null,
      run: null,
      over: Promise.resolve(),
    }
    const over = this.#work(key, activity, onTakenOver)
      .catch((error) => {
        if (!(error instanceof FencedError))
          this.#options.run.env.logger.error('tasks could not be run', failureFields(error))
      })
      .then(() => {
        onTakenOver()
        if (this.#active.get(key) === activity) this.#active.delete(key)
        if (activity.isWoken) this.wake(key)
        // The conversation may have been woken for a slot and have nothing more to run, because its task was stopped
        // while it waited.
        if (!activity.hasRun) this.#wakeNext()
      })
    this.#active.set(key, Object.assign(activity, { over }))
  }

  async #work(key: ConversationKey, activity: Activity, onTakenOver: () => void): Promise<void> {
    const { replicas, store, node, leaseMs, run } = this.#options
    const replica = await replicas.hold(key)
    try {
      const lease = await store.lease(key, node, leaseMs)
      // Another node runs this conversation. The sweeper finds the work that is left undone.
      if (!lease) {
        activity.isWoken = false
        return
      }
      const { position } = replica
      if (position?.epoch !== lease.position.epoch || position.rev !== lease.position.rev) replica.doubt()
      const held = new HeldLease(lease, leaseMs, run.env.clock)
      activity.lease = held
      try {
        await this.#endInterrupted(replica, held)
        onTakenOver()
        await this.#runAll(replica, held, activity)
        if (this.#isClosed && held.isAlive) await this.#endInterrupted(replica, held)
      } finally {
        activity.lease = null
        await held.release().catch(() => {})
      }
    } finally {
      this.#options.onIdle(replica)
      replicas.release(key)
    }
  }

  async #runAll(replica: Replica, lease: HeldLease, activity: Activity): Promise<void> {
    const { slots, run: options } = this.#options
    while (!this.#isClosed && lease.isAlive) {
      activity.isWoken = false
      const turn = await replica.run(async () => nextTurn((await replica.load()).tasks.open()))
      if (!turn) return
      // A person's task may have the id that the app gave its own.
      const respond = turn.task.input ? undefined : this.#responds.get(nameOf(replica.key, turn.task.taskId))
      if (!turn.task.input && !respond) {
        if (await this.#isOrphan(replica, lease, turn)) continue
        return
      }
      const user = userOf(turn.task)
      if (!slots.take(user, replica.key)) {
        if (!respond || this.#isClosed) return
        // Only this process can run it, and another one that could take the lease would believe that this one is gone.
        activity.hasRun = false
        await this.#wait(lease, activity)
        continue
      }
      activity.hasRun = true
      try {
        const run = new TaskRun(turn, replica, lease, options, respond)
        if (!(await run.start())) continue
        activity.run = run
        this.#responds.delete(nameOf(replica.key, turn.task.taskId))
        if (this.#isClosed) return
        await run.run()
      } finally {
        activity.run = null
        slots.giveBack(user)
        this.#wakeNext()
      }
      if (lease.isOver) {
        options.env.logger.warn('a lease was lost while a task ran')
        // The lease may have gone with the whole log, and then the readers must hear of that.
        await replica.run(() => replica.refresh())
      }
    }
  }

  /** Waits for a slot without giving the lease back. */
  async #wait({ signal }: HeldLease, activity: Activity): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      activity.look = resolve
      signal.addEventListener('abort', activity.look)
    })
    signal.removeEventListener('abort', activity.look)
    activity.look = () => {}
  }

  /** Lets the conversation go on that waits longest for a slot that is free. */
  #wakeNext(): void {
    const key = this.#options.slots.next()
    if (key !== undefined) this.wake(key)
  }

  /** A task that is running by the log alone was cut off when a node ended. */
  #endInterrupted(replica: Replica, lease: HeldLease): Promise<void> {
    return this.#interrupt(replica, lease, (state) =>
      [...state.tasks.open()].find(({ state }) => state === 'running'),
    )
  }

  async #interrupt(
    replica: Replica,
    lease: HeldLease,
    find: (state: ConversationState) => TaskRecord | undefined,
  ): Promise<void> {
    const { env, keepMs } = this.#options.run
    await decide(replica, {}, (state) => {
      const task = find(state)
      const { position } = replica
      if (!task || !position) return { answer: () => {} }
      const situation = { state, position, now: env.clock.now(), keepMs }
      return { step: interruptStep(situation, task, lease.proof), answer: () => lease.counted() }
    })
  }

  /**
   * A task of the app's own, whose function another process has. That process gets its turn; once a lease's time has
   * passed without that, the process is gone, and the task with it.
   *
   * @returns whether the task was ended.
   */
  async #isOrphan(replica: Replica, lease: HeldLease, { task }: Turn): Promise<boolean> {
    const { leaseMs, node, run } = this.#options
    const { clock } = run.env
    const name = nameOf(replica.key, task.taskId)
    const waited = this.#orphans.waitOf(name, clock.now())
    const isOwn = (task.user as { node?: string } | undefined)?.node === node
    if (!isOwn && waited < leaseMs) return false
    this.#orphans.delete(name)
    await this.#interrupt(replica, lease, (state) => {
      const now = state.tasks.get(task.taskId)
      return now?.state === 'queued' ? now : undefined
    })
    return true
  }
}

const nameOf = (key: ConversationKey, taskId: string) => `${key} ${taskId}`
