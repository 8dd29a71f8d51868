import type { Strings } from './strings-en.js'

export type FaultKind = keyof Strings['faultLabels']

/** The page's message `demo:faults`; the mock server's fault plan says what each field does. */
export interface FaultRequest {
  readonly kind: FaultKind
  readonly times?: number
  /** Milliseconds. */
  readonly ms?: number
  /** Deltas streamed before it happens. */
  readonly after?: number
  readonly retry_after_ms?: number
}

/** The buttons, in the order of the screen. Once leaves the retry free to succeed; three times use up the attempts. */
export const faults: readonly FaultRequest[] = [
  { kind: 'disconnect', times: 1, after: 12 },
  { kind: 'restart' },
  { kind: 'half_open', times: 1 },
  { kind: 'lost_request', times: 1 },
  { kind: 'lost_ack', times: 1 },
  { kind: 'duplicate_push', times: 20 },
  { kind: 'skip_push', times: 3 },
  { kind: 'slow', times: 1, ms: 4000 },
  { kind: 'timeout', times: 1 },
  { kind: 'key_error', times: 1 },
  { kind: 'connection_reset', times: 1 },
  { kind: 'rate_limit', times: 1, retry_after_ms: 3000 },
  { kind: 'unknown', times: 3 },
  { kind: 'validation', times: 1 },
  { kind: 'auth_expired', times: 1 },
]
