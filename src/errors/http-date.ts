const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/**
 * One of the three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
 * `Sun Nov  6 08:49:37 1994`. (`Date.parse` makes a date of nearly any text.)
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const date =
    /^[A-Z][a-z]{2,8},? (?:(\d\d)[ -]([A-Z][a-z]{2})[ -](\d{4}|\d\d) (\d\d:\d\d:\d\d) GMT|([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4}))$/.exec(
      text,
    )
  if (!date) return undefined
  const [, dayFirst, month = date[5] ?? '', yearText = date[8] ?? '', time = date[7] ?? ''] = date
  const day = Number(dayFirst ?? date[6])
  const monthIndex = months.indexOf(month) / 3
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  let year = Number(yearText)
  if (yearText.length === 2) {
    // The latest year with these digits that is not more than 50 years away.
    year += 100 * Math.floor(new Date(now).getUTCFullYear() / 100) + 100
    while (Date.UTC(year - 50, monthIndex, day) > now) year -= 100
  }
  // 23:59:60 is a leap second; `Date.UTC` makes the next midnight of it, which is not early.
  const at = Date.UTC(year, monthIndex, day, hours, minutes, seconds)
  const isReal =
    Number.isInteger(monthIndex) &&
    new Date(Date.UTC(year, monthIndex, day)).getUTCDate() === day &&
    hours < 24 &&
    minutes < 60 &&
    seconds < 61
  return isReal ? at : undefined
}
