import type { RetryState } from 'reconvene'
import type { Strings } from './strings-en.js'

export interface Announced {
  readonly connection: { readonly status: keyof Strings['connection'] }
  readonly status: keyof Strings['announce']
  readonly retryState: RetryState | null | undefined
}

/**
 * One polite sentence for a screen reader: what the conversation waits for. It has no countdown in it, so it changes,
 * and is read out, once for each thing that happens and not ten times a second. A lost connection is read out where it
 * is shown, in the header.
 */
export function announcement({ connection, status, retryState }: Announced, strings: Strings): string {
  if (connection.status !== 'connected' && connection.status !== 'idle') return ''
  if (retryState) {
    const attempt = strings.attempt(retryState.attempt, retryState.maxAttempts)
    return `${strings.status.retrying}, ${attempt}`
  }
  return strings.announce[status]
}
