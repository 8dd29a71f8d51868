import { AppError } from '../../errors/app-error.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import type { AppendResult, Step } from '../store/step.js'
import type { Replica } from './replica.js'

/** The subject of a decision. */
export interface About {
  /** Tasks to look up, closed ones too, whenever the state is read. */
  readonly taskIds?: readonly string[]
  /** Whether a task that is not held must be looked up first: the fold forgets the tasks that are over. */
  readonly looksFirst?: boolean
}

export type Appended = Extract<AppendResult, { result: 'ok' | 'known' }>

/** A decision made from a state: a step to be stored, or an answer that needs none. */
export type Outcome<T> =
  | { readonly step: Step; readonly answer: (appended: Appended) => T }
  | { readonly step?: undefined; readonly answer: () => T }

/** Others decide at the same time; each conflict means that one of them got on. */
const maxConflicts = 50

/**
 * Decides, and stores what was decided. A decision made from an old state conflicts, and is made again from a new one; an
 * answer or a refusal that needs no step is given only from a state that was read for it.
 *
 * @throws the errors of `decision` and the store.
 */
export function decide<T>(
  replica: Replica,
  { taskIds = [], looksFirst = false }: About,
  decision: (state: ConversationState) => Outcome<T>,
): Promise<T> {
  return replica.run(async () => {
    let state = await replica.load()
    let isFresh = false
    if (looksFirst && taskIds.some((id) => !state.tasks.has(id))) {
      state = await replica.refresh(taskIds)
      isFresh = true
    }
    for (let conflicts = 0; conflicts < maxConflicts; ) {
      const outcome = attempt(() => decision(state))
      if ('value' in outcome && outcome.value.step) {
        const { step, answer } = outcome.value
        const appended = await replica.append(step)
        if (appended.result === 'ok' || appended.result === 'known') return answer(appended)
        // The lease is gone: what only its holder may do is another node's now.
        if (appended.result === 'fenced' || (appended.result === 'lost' && step.kind !== 'accept'))
          throw new FencedError()
        conflicts += 1
      } else if (isFresh) return finish(outcome)
      state = await replica.refresh(taskIds)
      isFresh = true
    }
    throw new AppError({
      code: 'overloaded',
      message: 'unable to decide; others keep deciding first',
      retryAfterMs: 1000,
    })
  })
}

/** Another node runs this conversation's tasks, or the run is over. */
export class FencedError extends Error {
  override readonly name = 'FencedError'
  constructor() {
    super('unable to go on; the lease is gone or the run is over')
  }
}

type Attempt<T> = { readonly value: Outcome<T> } | { readonly error: unknown }

function attempt<T>(decision: () => Outcome<T>): Attempt<T> {
  try {
    return { value: decision() }
  } catch (error) {
    return { error }
  }
}

function finish<T>(attempted: Attempt<T>): T {
  if ('error' in attempted) throw attempted.error
  return (attempted.value.answer as () => T)()
}
