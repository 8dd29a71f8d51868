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

/** A code that has its own text and policy; each category is one too. */
export type KnownErrorCode = Exclude<keyof typeof en, 'failed'>

/** The finer reasons, by which the friendly text is chosen. Servers may send others; those fall back to the category's text. */
export type ErrorCode = KnownErrorCode | (string & {})

// `retryable` speaks of automatic retries alone: an expired token wants a new token, not a repeat, and a full queue was
// refused before it was accepted, so only the person can send it again.
type Policy = readonly [category: ErrorCategory, action: ErrorAction, retryable: boolean]

// A category stands for itself if there is no finer code.
const policies: Readonly<Record<KnownErrorCode, Policy>> = {
  temporary: ['temporary', 'wait', true],
  initializing: ['temporary', 'wait', true],
  rate_limited: ['temporary', 'wait', true],
  overloaded: ['temporary', 'wait', true],
  queue_full: ['temporary', 'wait', false],
  network: ['temporary', 'check-network', true],
  timeout: ['temporary', 'check-network', true],
  interrupted: ['temporary', 'retry', true],
  expired: ['temporary', 'retry', false],
  maybe_sent: ['temporary', 'retry', false],
  auth: ['auth', 'sign-in', false],
  token_expired: ['auth', 'sign-in', false],
  unauthorized: ['auth', 'sign-in', false],
  signed_out: ['auth', 'sign-in', false],
  forbidden: ['auth', 'contact-support', false],
  validation: ['validation', 'edit', false],
  invalid_message: ['validation', 'edit', false],
  message_too_large: ['validation', 'edit', false],
  task_conflict: ['validation', 'edit', false],
  unknown_conversation: ['validation', 'contact-support', false],
  unknown_message: ['validation', 'retry', false],
  unknown_task: ['validation', 'retry', false],
  system: ['system', 'contact-support', false],
  internal: ['system', 'contact-support', false],
  unsupported_protocol: ['system', 'retry', false],
  storage_unavailable: ['system', 'retry', false],
  unknown: ['unknown', 'retry', true],
  cancelled: ['unknown', 'retry', false],
  closed: ['unknown', 'retry', false],
}

export const isKnownCode = (code: unknown): code is KnownErrorCode =>
  typeof code === 'string' && Object.hasOwn(policies, code)

export const isCategory = (value: unknown): value is ErrorCategory =>
  isKnownCode(value) && policies[value][0] === value

/** The policy of a code, if an error states no other; an unknown code gets the policy of its category. */
export const policyOf = (code: unknown, category?: unknown): Policy =>
  policies[[code, category].find(isKnownCode) ?? 'unknown']
