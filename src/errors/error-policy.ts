/** How an error is dealt with; the wire's `error_code`. */
export const ErrorCategory = {
  TEMPORARY: 'temporary',
  AUTHENTICATION: 'auth',
  VALIDATION: 'validation',
  SYSTEM: 'system',
  UNKNOWN: 'unknown',
} as const
export type ErrorCategory = (typeof ErrorCategory)[keyof typeof ErrorCategory]

/** What the person in front of the screen can do about it. */
export type ErrorAction = 'wait' | 'retry' | 'sign-in' | 'edit' | 'check-network' | 'contact-support'

type Policy = readonly [category: ErrorCategory, action: ErrorAction, retryable?: boolean]

// One row a code, so that every default can be seen beside its neighbours. A category stands for itself where there is
// no finer code. `retryable` speaks of automatic retries alone: an expired token wants a new token, not a repeat, and a
// full queue was refused before it was accepted, so only the person can send it again.
const policies = {
  temporary: ['temporary', 'wait', true],
  auth: ['auth', 'sign-in'],
  validation: ['validation', 'edit'],
  system: ['system', 'contact-support'],
  unknown: ['unknown', 'retry', true],

  initializing: ['temporary', 'wait', true],
  network: ['temporary', 'check-network', true],
  timeout: ['temporary', 'check-network', true],
  rate_limited: ['temporary', 'wait', true],
  overloaded: ['temporary', 'wait', true],
  interrupted: ['temporary', 'retry', true],
  token_expired: ['auth', 'sign-in'],
  unauthorized: ['auth', 'sign-in'],
  forbidden: ['auth', 'contact-support'],
  invalid_message: ['validation', 'edit'],
  message_too_large: ['validation', 'edit'],
  task_conflict: ['validation', 'edit'],
  unknown_conversation: ['validation', 'contact-support'],
  unknown_message: ['validation', 'retry'],
  unknown_task: ['validation', 'retry'],
  unsupported_protocol: ['system', 'retry'],
  internal: ['system', 'contact-support'],
  cancelled: ['unknown', 'retry'],
  closed: ['unknown', 'retry'],
  queue_full: ['temporary', 'wait'],
  expired: ['temporary', 'retry'],
  storage_unavailable: ['system', 'retry'],
} satisfies Record<string, Policy>

/** A code that has its own text and policy; each category is one too. */
export type KnownErrorCode = keyof typeof policies

/** The finer reasons, by which the friendly text is chosen. Servers may send others; those fall back to the category's text. */
export type ErrorCode = KnownErrorCode | (string & {})

export const isKnownCode = (code: unknown): code is KnownErrorCode =>
  typeof code === 'string' && Object.hasOwn(policies, code)

export const isCategory = (value: unknown): value is ErrorCategory =>
  isKnownCode(value) && policies[value][0] === value

/** What follows from a code where nobody said otherwise; an unknown code is dealt with as its category. */
export function policyOf(code: unknown, category?: unknown): Policy {
  return policies[isKnownCode(code) ? code : isCategory(category) ? category : 'unknown']
}
