/**
 * Milliseconds since the Unix epoch of one of the three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`; of any other text NaN. (`Date.parse` makes a date of nearly
 * any text, and reads a leap second a minute early.)
 */
export function parseHttpDate(text: string, now: number): number {
  const sameForm = text
    .replace(/^(\w{3}) (\w{3}) ([ \d]\d) (.{8}) (\d{4})$/, '$1, $3 $2 $5 $4 GMT')
    .replace(',  ', ', 0')
    .replace(/^(...)[a-z]{3,6}, (\d\d)-(\w{3})-(\d\d) (.+)/, (_, weekday, day, month, digits, time) => {
      // The latest year with these digits that is not more than 50 years away.
      const limit = new Date(now)
      limit.setUTCFullYear(limit.getUTCFullYear() + 50)
      const last = limit.getUTCFullYear()
      const dateIn = (year: number) => `${day} ${month} ${year} ${time}`
      const year = last - ((last - digits) % 100)
      return `${weekday}, ${dateIn(Date.parse(dateIn(year)) > +limit ? year - 100 : year)}`
    })
  const [, minute, second] =
    /^[MTWFS][a-z]{2}, (\d\d \w{3} \d{4} \d\d:\d\d:)([0-5]\d|60) GMT$/.exec(sameForm) ?? []
  const whole = `${minute}00 GMT`
  // `Date.parse` takes 31 Feb for 3 Mar.
  const isReal = new Date(whole).toUTCString().endsWith(` ${whole}`)
  return isReal ? Date.parse(whole) + Number(second) * 1000 : Number.NaN
}
