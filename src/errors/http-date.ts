/**
 * Milliseconds since the Unix epoch of a date in one of the three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`; NaN for any other text. (`Date.parse` alone makes a date of
 * nearly any text, takes 31 Feb for 3 Mar, and knows no leap second.)
 */
export function parseHttpDate(text: string, now: number): number {
  // In the first form, which is also how a date writes itself.
  const form = text
    .replace(/^(\w{3})\w{3,6}, (..)-(...)-(..) /, '$1, $2 $3 20$4 ')
    .replace(/^(...) (...) (..) (.{8}) (\d{4})$/, '$1, $3 $2 $5 $4 GMT')
    .replace(',  ', ', 0')
  const minute = form.replace(':60 ', ':59 ')
  const date = new Date(minute)
  // The day of the week may be a wrong one.
  if (!/^[MTWFS]/.test(form) || date.toUTCString().slice(4) !== minute.slice(4)) return NaN
  // A year of two digits is in this century, or in the one before if it would be more than 50 years away.
  const limit = new Date(now)
  if (/-/.test(text) && +date > limit.setUTCFullYear(limit.getUTCFullYear() + 50))
    date.setUTCFullYear(date.getUTCFullYear() - 100)
  return +date + (form === minute ? 0 : 1000)
}
