import { delay } from '../../shared/delay.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import { recordedStep, type Situation, startStep, stopStep } from '../conversation/decisions.js'
import { taskChanges } from '../conversation/task-changes.js'
import { changeOf, nextTurn, type TaskRecord, type Turn } from '../conversation/task-record.js'
import { isLeftToAnother, resumeCalls } from '../conversation/tool-calls.js'
import type { AppendResult, Run, RunStep } from '../store/step.js'
import type { StoredEvent } from '../store/stored-event.js'
import { decide, FencedError } from './decide.js'
import type { HeldLease } from './held-lease.js'
import type { Replica } from './replica.js'
import type { RunOptions } from './run-options.js'

/** Milliseconds between attempts to store a step that the store did not answer. */
const storeRetries = [20, 100, 500, 1000, 2000]

const noTasks: RunStep['tasks'] = []

type RunChanges = Partial<Pick<RunStep, 'tasks' | 'running'>>

export interface RunLogOptions extends Pick<RunOptions, 'env' | 'keepMs' | 'compactor'> {
  readonly replica: Replica
  readonly lease: HeldLease
  /** Called if the store says that the attempt is over. */
  readonly onOver: (error: FencedError) => void
}

/** Stores one attempt at a task under its lease: the `start`, and each further step as long as the log has the attempt running. */
export class RunLog {
  readonly task: TaskRecord
  readonly attempt: number
  readonly messageId: string
  readonly #options: RunLogOptions
  #running: Run
  #hasStarted = false
  /** This run has ended its attempt itself. */
  #hasEnded = false
  /** The store did not answer the last step, which may be stored or not. */
  #isUnanswered = false

  constructor({ task, attempt }: Turn, options: RunLogOptions) {
    this.task = task
    this.attempt = attempt
    this.messageId = task.messageId ?? options.env.createId()
    this.#options = options
    this.#running = { taskId: task.taskId, attempt, try: 1 }
  }

  get answer() {
    return { task_id: this.task.taskId, message_id: this.messageId }
  }

  /** Whether the log still has this attempt running: a stop, a truncation or an error ends it there first. */
  isCurrent(state: ConversationState): boolean {
    const task = state.tasks.get(this.task.taskId)
    return task?.state === 'running' && task.attempt === this.attempt && task.messageId === this.messageId
  }

  /** Whether somebody else has ended the attempt in the log, as far as this node knows. */
  get isCutOff(): boolean {
    const { state } = this.#options.replica
    return this.#hasStarted && !this.#hasEnded && state !== null && !this.isCurrent(state)
  }

  /**
   * Stores the `start`, if it is still this task's turn and no other task goes on in its place.
   *
   * @throws FencedError, or what the store throws.
   */
  start(): Promise<boolean> {
    const { replica, lease } = this.#options
    const { taskId } = this.task
    return decide(replica, {}, (state) => {
      const turn = nextTurn(state.tasks.open())
      const situation = this.#situation(state)
      if (turn?.task.taskId !== taskId || turn.attempt !== this.attempt || !situation)
        return { answer: () => false }
      const isLeft = turn.task.state === 'queued' && isLeftToAnother(state, turn.task)
      const step = isLeft
        ? recordedStep(situation, turn.task, lease.proof)
        : startStep(
            situation,
            { ...turn, messageId: this.messageId, lease: lease.proof },
            resumeCalls(state, turn.task),
          )
      return {
        step,
        answer: () => {
          lease.counted()
          this.#hasStarted = !isLeft
          return !isLeft
        },
      }
    })
  }

  /** Begins a further try: it empties what the last one left. */
  async restart(): Promise<void> {
    const running: Run = { ...this.#running, try: this.#running.try + 1 }
    await this.append(() => [{ type: 'start', ...this.answer, attempt: this.attempt }], { running })
    this.#running = running
  }

  /**
   * Stores what the run adds; nothing if the attempt is over, because nothing that a stopped responder still says may
   * reach the log. A step that the store did not answer is sent again under its number, so it is stored once.
   *
   * @throws FencedError if the run is over, or what the store threw last.
   */
  append(
    makeEvents: (state: ConversationState) => readonly StoredEvent[],
    { running }: { readonly running?: Run } = {},
  ): Promise<void> {
    const { replica, compactor } = this.#options
    return replica.run(async () => {
      const state = await replica.load()
      this.#requireCurrent(state)
      const events = makeEvents(state)
      const tasks = taskChanges(state.tasks, events, state.messages, { offset: 0, at: 0 })
      const ends = tasks.some(({ taskId, state: to }) => taskId === this.task.taskId && to !== 'running')
      this.#hasEnded ||= ends
      // A further try's `start` makes of the task what it is already.
      const changes = ends ? { tasks: tasks.map(changeOf), running: null } : running && { running }
      this.#count(await this.#storedAfter(state.end, events, changes))
      if (compactor.isDue(replica)) await compactor.fold(replica)
    })
  }

  /**
   * As `append`, for what changes no task; within this turn of the event loop if the store can and nothing else of the
   * conversation is under way. Returns a promise if not.
   *
   * @throws as `append` rejects.
   */
  add(events: readonly StoredEvent[]): Promise<void> | undefined {
    const { replica, compactor } = this.#options
    const state = replica.idleState
    if (state) this.#requireCurrent(state)
    const appended = state && this.#storedNow(this.#step(events))
    if (!appended) return this.append(() => events)
    this.#count(appended)
    return compactor.isDue(replica) ? replica.run(() => compactor.fold(replica)) : undefined
  }

  #requireCurrent(state: ConversationState): void {
    if (!this.isCurrent(state) || this.#options.lease.isOver) throw new FencedError()
  }

  #step(events: readonly StoredEvent[], changes?: RunChanges): RunStep {
    const { lease, env, keepMs } = this.#options
    const run = this.#running
    const step: RunStep = {
      kind: 'run',
      lease: lease.proof,
      run,
      at: env.clock.now(),
      events,
      tasks: noTasks,
    }
    if (!changes && keepMs === undefined) return step
    return { ...step, ...changes, ...(keepMs !== undefined && { keepMs }) }
  }

  /** A step under the lease was answered. @throws FencedError if it was not stored: the run is over. */
  #count({ result }: AppendResult): void {
    const { lease, onOver } = this.#options
    if (result === 'ok') {
      lease.counted()
      return
    }
    const error = new FencedError()
    onOver(error)
    throw error
  }

  /** Failed tasks are kept for a retry, each with its input: not without bound. Beyond `most` the oldest one is stopped. */
  async stopOldestFailed(most: number): Promise<void> {
    await decide(this.#options.replica, {}, (state) => {
      const failed = [...state.tasks.open()].filter(
        (task) => task.state === 'failed' && task.retry === undefined,
      )
      const [oldest] = failed
      const situation = this.#situation(state)
      if (failed.length <= most || !oldest || !situation) return { answer: () => {} }
      return { step: stopStep(situation, oldest.taskId), answer: () => {} }
    })
  }

  /** Undefined if the store needs longer, or failed: the step is sent again then, under its number. */
  #storedNow(step: RunStep): AppendResult | undefined {
    try {
      return this.#options.replica.appendNow(step)
    } catch {
      return undefined
    }
  }

  /**
   * Stores a step of the run. If the store never answered the step before, this one has that step's number: a repeat that was
   * in the log before is then the earlier step, and this one is not stored yet.
   *
   * @param end of the log before the step.
   */
  async #storedAfter(end: number, events: readonly StoredEvent[], changes?: RunChanges) {
    for (;;) {
      const wasUnanswered = this.#isUnanswered
      const appended = await this.#stored(this.#step(events, changes))
      this.#isUnanswered = false
      const { result } = appended
      if (!wasUnanswered || result !== 'ok' || !appended.repeat || appended.first > end) return appended
      this.#options.lease.counted()
    }
  }

  /** @throws what the store threw last; whether the step is stored is open then. */
  async #stored(step: RunStep): Promise<AppendResult> {
    const { replica, lease, env } = this.#options
    for (const wait of storeRetries) {
      try {
        return await replica.append(step)
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError || !lease.isAlive) throw error
        await delay(wait, { clock: env.clock, signal: lease.signal })
      }
    }
    this.#isUnanswered = true
    return replica.append(step)
  }

  #situation(state: ConversationState): Situation | undefined {
    const { replica, env, keepMs } = this.#options
    const { position } = replica
    return position ? { state, position, now: env.clock.now(), keepMs } : undefined
  }
}
