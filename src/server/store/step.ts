import type { StoredEvent } from './stored-event.js'
import type { KeptInput, StoredTask, TaskChange } from './stored-task.js'

/** How far a conversation is. */
export interface StorePosition {
  /** Names one life of the log. A store that lost something that it had acknowledged begins a new epoch. */
  readonly epoch: string
  /** Rises with each step that decides something, so that a decision can be compared with what it was made from. */
  readonly rev: number
  /** The offset of the last event; 0 if there is none. */
  readonly end: number
}

/** One try of one attempt of one task: what may append as a running answer. */
export interface Run {
  readonly taskId: string
  readonly attempt: number
  /** The server's own tries within the attempt, from 1. */
  readonly try: number
}

/** The proof that a node may run a conversation's tasks, and the number of its step. */
export interface LeaseProof {
  /** From the lease. */
  readonly fence: number
  /**
   * Counts the steps under one fence: 1, 2, 3, without holes. A step whose reply was lost is sent again with the same
   * number; the next number is used only after an answer `ok`.
   */
  readonly seq: number
}

interface StepContent {
  /** The time of the step's events, in milliseconds since the Unix epoch. */
  readonly at: number
  /** May be empty: a stored retry has no event. */
  readonly events: readonly StoredEvent[]
  /** Every task that the step changes, also those that a `truncate` stops without an event of their own. */
  readonly tasks: readonly TaskChange[]
  /** Which run may append after this step; null for none, absent for no change. */
  readonly running?: Run | null
  /**
   * Milliseconds after this step at which the conversation may be forgotten if no other step came and no work is open.
   * @default the conversation is kept
   */
  readonly keepMs?: number
}

/** Accepts a task: compares the task's id and digest first, then `{ epoch, rev }`. Raises `rev`. */
export interface AcceptStep extends StepContent, KeptInput {
  readonly kind: 'accept'
  readonly expect: Pick<StorePosition, 'epoch' | 'rev'>
  /** The accepted task. It must be among `tasks`. */
  readonly taskId: string
  /** Of the input: `digestOf(input)`. */
  readonly digest: string
}

/**
 * Decides something from what was read: a retry, a stop, a start, an interruption. Compares `{ epoch, rev }`, and, if the
 * node acts as the holder of the lease, the lease as well. Raises `rev`.
 */
export interface DecisionStep extends StepContent {
  readonly kind: 'decide'
  readonly expect: Pick<StorePosition, 'epoch' | 'rev'>
  /** Given for what only the lease's holder may do: `start`, the end of a run that a dead node left. */
  readonly lease?: LeaseProof
}

/**
 * A step that a running answer appends. Compares the lease and the running `(task, attempt, try)`, not the position, so it never
 * conflicts with what others append. Raises `rev` only if it changes a task or what is running.
 */
export interface RunStep extends StepContent {
  readonly kind: 'run'
  readonly lease: LeaseProof
  readonly run: Run
}

export type Step = AcceptStep | DecisionStep | RunStep

/**
 * - `ok`: the step is stored, now or by an earlier request (`repeat`), and survives what the store promises to survive.
 *   `first` and `last` are the offsets of its events; `first` is `last + 1` if the step has none.
 * - `known`: the task was accepted before, or stopped before it came. Only for an accepting step.
 * - `conflict`: another decision came first. Read, decide again, append again.
 * - `fenced`: the lease went to another holder, or the run is over: it was stopped, or another try or task runs. This run
 *   must not append again; read to see which it was.
 * - `lost`: the store lost a step of this lease that it had acknowledged, or the lease itself. The run can't go on: give
 * up the lease. The node that takes it next ends the run as interrupted.
 */
export type AppendResult =
  | {
      readonly result: 'ok'
      readonly position: StorePosition
      readonly first: number
      readonly last: number
      readonly repeat: boolean
    }
  | {
      readonly result: 'known'
      readonly position: StorePosition
      readonly task: StoredTask
      /** Whether the known task has the same digest, or none because a stop came first. */
      readonly sameInput: boolean
    }
  | { readonly result: 'conflict' | 'fenced' | 'lost'; readonly position: StorePosition }

/** Whether a step raises `rev`. */
export const decides = (step: Step): boolean =>
  step.kind !== 'run' || step.tasks.length > 0 || step.running !== undefined
