import type { Strings } from './strings-en.js'

/** An event as data: the words are chosen when it is shown, so they follow the language. */
export type TimelineEvent =
  | { readonly kind: 'connection'; readonly status: keyof Strings['connection'] }
  | { readonly kind: 'retry'; readonly attempt: number; readonly maxAttempts: number; readonly code: string }
  | { readonly kind: 'error' | 'refused' | 'ended'; readonly code: string }
  | { readonly kind: 'discontinuity' | 'sent' | 'accepted' | 'finished' }
  | { readonly kind: 'faultSet' | 'faultNotSet'; readonly fault: keyof Strings['faultLabels'] }

export interface TimelineEntry {
  readonly id: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly event: TimelineEvent
}

export type Tone = 'good' | 'busy' | 'bad' | 'plain'

const longest = 100

/** The entries with `event` in front, newest first; the oldest fall off. */
export function addEntry(
  entries: readonly TimelineEntry[],
  event: TimelineEvent,
  at: number,
): TimelineEntry[] {
  return [{ id: (entries[0]?.id ?? 0) + 1, at, event }, ...entries].slice(0, longest)
}

export function describeEvent(event: TimelineEvent, strings: Strings): string {
  switch (event.kind) {
    case 'connection':
      return strings.connection[event.status]
    case 'retry':
      return `${strings.events.retry}: ${strings.attempt(event.attempt, event.maxAttempts)} (${event.code})`
    case 'error':
    case 'refused':
    case 'ended':
      return `${strings.events[event.kind]} (${event.code})`
    case 'faultSet':
    case 'faultNotSet':
      return `${strings.events[event.kind]}: ${strings.faultLabels[event.fault]}`
    default:
      return strings.events[event.kind]
  }
}

export function toneOf(event: TimelineEvent): Tone {
  switch (event.kind) {
    case 'connection':
      if (event.status === 'connected') return 'good'
      return event.status === 'failed' || event.status === 'offline' ? 'bad' : 'busy'
    case 'accepted':
    case 'finished':
      return 'good'
    case 'error':
    case 'refused':
    case 'ended':
    case 'discontinuity':
    case 'faultNotSet':
      return 'bad'
    case 'retry':
      return 'busy'
    default:
      return 'plain'
  }
}
