import type { Clock } from '../../shared/clock.js'
import type { ConversationState } from '../conversation/conversation-state.js'
import type { Situation } from '../conversation/decisions.js'
import type { TaskRecord } from '../conversation/task-record.js'
import type { ConversationKey } from '../store/conversation-key.js'
import { type About, decide, type Outcome } from './decide.js'
import type { Replica } from './replica.js'
import type { Replicas } from './replicas.js'

export interface DeciderOptions {
  readonly replicas: Replicas
  readonly clock: Clock
  /** Milliseconds that a conversation is kept without another step; undefined for ever. */
  readonly keepMs: number | undefined
}

/** Decides about conversations by their keys. */
export class Decider {
  readonly #options: DeciderOptions

  constructor(options: DeciderOptions) {
    this.#options = options
  }

  /** @throws the errors of `decision` and the store. */
  decide<T>(
    key: ConversationKey,
    about: About,
    decision: (replica: Replica, state: ConversationState) => Outcome<T>,
  ): Promise<T> {
    return this.#options.replicas.use(key, (replica) =>
      decide<T>(replica, about, (state) => decision(replica, state)),
    )
  }

  /** The tasks that run or wait for their turn, a retry too. */
  tasksToRun(key: ConversationKey): Promise<TaskRecord[]> {
    return this.#options.replicas.use(key, (replica) =>
      replica.run(async () => {
        const { tasks } = await replica.load()
        return [...tasks.open()].filter(({ state, retry }) => state !== 'failed' || retry !== undefined)
      }),
    )
  }

  situation({ position }: Replica, state: ConversationState): Situation {
    const { clock, keepMs } = this.#options
    if (!position) throw new TypeError('unable to decide; the conversation was not read')
    return { state, position, now: clock.now(), keepMs }
  }
}
