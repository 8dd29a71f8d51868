import * as v from 'valibot'

const wholeFrom = (min: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min))

/**
 * Faults, by the place where they strike.
 *
 * The responder fails: `key_error`, `connection_reset`, `timeout` (after `ms`), `unknown`; or it begins late: `slow` (by
 * `ms`). A request is refused: `validation`, `rate_limit` (with `retry_after_ms`), `auth_expired`. A packet is lost:
 * `lost_request`, `lost_ack` (of `event`, or else of `chat:send`). Pushes go wrong: `duplicate_push`, `skip_push`. The
 * connection goes: `disconnect` (after `after` deltas), `half_open` (TCP stays, and nothing comes through). The process
 * ends: `restart`.
 */
export const faultKinds = [
  'key_error',
  'connection_reset',
  'timeout',
  'unknown',
  'slow',
  'validation',
  'rate_limit',
  'auth_expired',
  'lost_request',
  'lost_ack',
  'duplicate_push',
  'skip_push',
  'disconnect',
  'half_open',
  'restart',
] as const

export const FaultSchema = v.strictObject({
  kind: v.picklist(faultKinds),
  /** How often it happens. @default 1 */
  times: v.exactOptional(wholeFrom(1)),
  ms: v.exactOptional(wholeFrom(0)),
  after: v.exactOptional(wholeFrom(0)),
  retry_after_ms: v.exactOptional(wholeFrom(-1)),
  event: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
})

export type Fault = v.InferOutput<typeof FaultSchema>
export type FaultKind = Fault['kind']

interface PlannedFault extends Fault {
  left: number
  /** Deltas still to pass before a `disconnect`. */
  deltas: number
}

/** Which faults are still to happen, for each user. It decides; those who ask it act. */
export class FaultPlan {
  readonly #planned = new Map<string, PlannedFault[]>()

  add(user: string, fault: Fault) {
    const planned = this.#planned.get(user) ?? []
    planned.push({ ...fault, left: fault.times ?? 1, deltas: fault.after ?? 0 })
    this.#planned.set(user, planned)
  }

  clear(user: string) {
    this.#planned.delete(user)
  }

  /** The user's next fault among these kinds, counted as having happened; undefined if none is planned. */
  take(user: string, ...kinds: readonly FaultKind[]): Fault | undefined {
    return this.#take(user, (fault) => kinds.includes(fault.kind))
  }

  /** The same for a packet: a fault that names no event is about `chat:send`. */
  takeForEvent(user: string, kind: FaultKind, event: string): Fault | undefined {
    return this.#take(user, (fault) => fault.kind === kind && (fault.event ?? 'chat:send') === event)
  }

  /** A delta passed to the user; whether the connection breaks now. */
  countDelta(user: string): boolean {
    const next = this.#planned.get(user)?.find(({ kind }) => kind === 'disconnect')
    if (!next) return false
    next.deltas -= 1
    if (next.deltas > 0) return false
    next.deltas = next.after ?? 0
    return this.take(user, 'disconnect') !== undefined
  }

  #take(user: string, matches: (fault: PlannedFault) => boolean): Fault | undefined {
    const planned = this.#planned.get(user)
    const fault = planned?.find(matches)
    if (!planned || !fault) return undefined
    fault.left -= 1
    if (fault.left === 0) planned.splice(planned.indexOf(fault), 1)
    if (planned.length === 0) this.#planned.delete(user)
    return fault
  }
}
