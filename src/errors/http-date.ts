/**
 * Milliseconds since the Unix epoch of a date in one of the three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`; NaN for any other text. (`Date.parse` alone makes a date of
 * nearly any text, takes 31 Feb for 3 Mar, and reads a leap second a minute early.)
 */
export function parseHttpDate(text: string, now: number): number {
  const [, year, second] =
    /^[MTWFS]\w\w(?:, \d\d \w{3} \d{4}|\w{3,6}, \d\d-\w{3}-(\d\d)| \w{3} [ \d]\d(?=.{9} \d{4}$)) \d\d:\d\d:([0-5]\d|60) (?:GMT|\d{4})$/.exec(
      text,
    ) ?? []
  const date = new Date(
    text
      .replace(/-/g, ' ')
      .replace(':60 ', ':59 ')
      .replace(/( GMT)?$/, ' GMT'),
  )
  if (!second || date.getUTCDate() !== Number(/\d+/.exec(text))) return Number.NaN
  // Of two digits engines make a year from 1950 to 2049; meant is the latest one that is not more than 50 years away.
  const limit = new Date(now)
  if (year && +date <= limit.setUTCFullYear(limit.getUTCFullYear() - 50))
    date.setUTCFullYear(date.getUTCFullYear() + 100)
  return +date + (second === '60' ? 1000 : 0)
}
