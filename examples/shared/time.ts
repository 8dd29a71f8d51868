import type { Strings } from './strings-en.js'

/** How long until `at`, in words that fit a countdown: tenths below ten seconds, whole seconds and minutes beyond. */
export function formatCountdown(at: number, now: number, strings: Strings): string {
  const left = at - now
  if (left <= 0) return strings.now
  return strings.inTime(formatDuration(left, strings))
}

/** `ms` as "1.4 s", "12 s" or "3 min". Rounded up, so that a countdown never shows zero while it still waits. */
export function formatDuration(ms: number, strings: Strings): string {
  const tenths = Math.ceil(Math.max(0, ms) / 100)
  if (tenths < 100) return strings.seconds((tenths / 10).toFixed(1))
  const seconds = Math.ceil(tenths / 10)
  return seconds < 120 ? strings.seconds(String(seconds)) : strings.minutes(String(Math.ceil(seconds / 60)))
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The time of day, in the reader's time zone; '' for what is no date. */
export function formatTime(time: string | number, locale: string, seconds = false): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return ''
  const key = `${locale} ${seconds}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, { timeStyle: seconds ? 'medium' : 'short' })
    formatters.set(key, formatter)
  }
  return formatter.format(date)
}
