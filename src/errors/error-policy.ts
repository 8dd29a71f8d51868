import type { en } from './locales/en.js'

/** How an error is dealt with; the wire's `error_code`. */
export const ErrorCategory = {
  TEMPORARY: 'temporary',
  AUTHENTICATION: 'auth',
  VALIDATION: 'validation',
  SYSTEM: 'system',
  UNKNOWN: 'unknown',
} as const
export type ErrorCategory = (typeof ErrorCategory)[keyof typeof ErrorCategory]

/**
 * The person's way out: `wait` (it passes), `retry` (press the button), `sign-in`, `edit` (say it otherwise), `check-network`,
 * `contact-support`.
 */
export type ErrorAction = 'wait' | 'retry' | 'sign-in' | 'edit' | 'check-network' | 'contact-support'

type Policy = readonly [category: ErrorCategory, action: ErrorAction, retryable: boolean, codes: string]

const unknown: Policy = ['unknown', 'retry', true, 'unknown']

// One row a policy, with the codes that it is for; a category stands for itself where there is no finer code.
// `retryable` speaks of automatic retries alone: an expired token wants a new token, not a repeat, and a full queue was
// refused before it was accepted, so only the person can send it again.
const policies: readonly Policy[] = [
  ['temporary', 'wait', true, 'temporary initializing rate_limited overloaded'],
  ['temporary', 'wait', false, 'queue_full'],
  ['temporary', 'check-network', true, 'network timeout'],
  ['temporary', 'retry', true, 'interrupted'],
  ['temporary', 'retry', false, 'expired maybe_sent'],
  ['auth', 'sign-in', false, 'auth token_expired unauthorized signed_out'],
  ['auth', 'contact-support', false, 'forbidden'],
  ['validation', 'edit', false, 'validation invalid_message message_too_large task_conflict'],
  ['validation', 'contact-support', false, 'unknown_conversation'],
  ['validation', 'retry', false, 'unknown_message unknown_task'],
  ['system', 'contact-support', false, 'system internal'],
  ['system', 'retry', false, 'unsupported_protocol storage_unavailable'],
  unknown,
  ['unknown', 'retry', false, 'cancelled closed'],
]

/** A code that has its own text and policy; each category is one too. */
export type KnownErrorCode = Exclude<keyof typeof en, 'failed'>

/** The finer reasons, by which the friendly text is chosen. Servers may send others; those fall back to the category's text. */
export type ErrorCode = KnownErrorCode | (string & {})

const find = (code: unknown) => policies.find(([, , , codes]) => codes.split(' ').includes(code as string))

export const isKnownCode = (code: unknown): code is KnownErrorCode => find(code) !== undefined

export const isCategory = (value: unknown): value is ErrorCategory =>
  policies.some(([category]) => category === value)

/** The policy of a code, if an error states no other; an unknown code gets the policy of its category. */
export const policyOf = (code: unknown, category?: unknown): Policy => find(code) ?? find(category) ?? unknown
