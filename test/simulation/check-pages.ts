import { type Entry, type RawEvent, readLog } from './read-log.js'
import type { PageRecord, PageView, Violation, WorldRecord } from './record.js'

/** In the end every page shows what the server's log says, and waits for nothing. */
export function checkPages({ pages, logs, tasks }: WorldRecord): Violation[] {
  const found: Violation[] = []
  for (const { page, shows, wasPutAway } of pages) {
    for (const [conversation, view] of shows) {
      const own = logs.filter((one) => one.conversation === conversation)
      const say = (kind: string, text: string) =>
        found.push({ kind, text: `page ${page} ${text} (${conversation})` })
      // What became of these in another log, or by another page, may stand in a part that this page has not asked for.
      const outOfSight = tasks.filter((task) => {
        if (own.length > 1) return true
        if (task.page === page) return wasPutAway && task.finished?.code === 'interrupted'
        const sender = pages[task.page]
        return sender?.wasPutAway === true || typeof sender?.endedAt === 'number'
      })
      const texts = outOfSight.map((task) => task.text)
      checkView(view, readLog(own.at(-1)?.events ?? []), texts, say)
    }
  }
  return found
}

type Say = (kind: string, text: string) => void

/** @param outOfSight texts that may stand in the older part, and be shown as failed here. */
function checkView(
  { messages, status, waitsToRetry, hasOlder }: PageView,
  truth: Entry[],
  outOfSight: string[],
  say: Say,
): void {
  const logged = new Set(truth.map(({ id }) => id))
  const inLog = messages.filter(({ id }) => logged.has(id))
  const loaded = hasOlder ? truth.slice(truth.length - inLog.length) : truth
  const isUnknown = ({ id, status, text }: Entry) =>
    hasOlder &&
    status === 'failed' &&
    outOfSight.includes(text) &&
    !loaded.slice(1).some((one) => one.id === id)
  const shown = inLog.filter((message) => !isUnknown(message))
  const expected = loaded.slice(loaded.length - shown.length)
  if (hasOlder && shown.length >= truth.length)
    say('6: older messages that are none', 'says that there are older messages')
  if (text(shown) !== text(expected))
    say('5: a page and the log differ', `shows ${text(shown)} where the log says ${text(expected)}`)
  const rest = messages.filter((message) => !logged.has(message.id) && message.status !== 'failed')
  if (rest.length > 0) say('5: a page shows what is not in the log', `shows ${text(rest)} beside the log`)
  if (status !== 'ready' && status !== 'error') say('3: a page is never done', `is still ${status}`)
  if (waitsToRetry) say('3: a page is never done', 'still waits to retry')
}

const text = (messages: readonly Entry[]): string =>
  messages
    .map((message) => `${message.role} ${message.id} "${message.text}" ${message.status} ${message.tools}`)
    .join(', ')

/** A gap that can't be filled is reported, and nothing else is. */
export function checkDiscontinuities(record: WorldRecord, pageSize: number): Violation[] {
  return [...falseAlarms(record), ...silentGaps(record, pageSize)]
}

function falseAlarms({ discontinuities, pages, logs, trims }: WorldRecord): Violation[] {
  return discontinuities.flatMap(({ page, at, conversation, reason }) => {
    const life = pages[page] as PageRecord
    const own = logs.filter((log) => log.conversation === conversation)
    const isTruncated = own.some(({ events }) =>
      events.some((event) => (event as RawEvent).type === 'truncate'),
    )
    const isExplained =
      own.some((log) => log.endedAt >= life.openedAt && log.endedAt <= at) ||
      // Where the log is trimmed nobody can know that it was a truncate.
      (isTruncated && trims.some((trim) => trim <= at))
    if (isExplained && reason === 'vanished') return []
    const text = `page ${page} reports at ${at} ms that something ${reason}; nothing did`
    return [{ kind: '6: a false alarm', text }]
  })
}

function silentGaps(
  { shownAtEpochs, pages, logs, discontinuities }: WorldRecord,
  pageSize: number,
): Violation[] {
  return shownAtEpochs.flatMap(({ at, page, conversation, answers }) => {
    const { shows, hasLeft } = pages[page] as PageRecord
    // It says nothing of a page that is gone, or has forgotten on purpose what it showed.
    if (shows.size === 0 || hasLeft) return []
    const own = logs.filter((log) => log.conversation === conversation)
    const before = own.findLast((log) => log.endedAt <= at)
    const order = readLog(before?.events ?? []).map(({ id }) => id)
    const later = own.filter((log) => log.endedAt > at)
    // Of a log that is, or ever was, longer than a snapshot nobody can say what is not in its older part.
    const opens = (event: unknown) => ['message', 'start'].includes((event as RawEvent).type)
    if (later.some(({ events }) => events.filter(opens).length > pageSize)) return []
    const found = JSON.stringify(later.map(({ events }) => events))
    // A truncate of the new log explains what stood behind its message in the old one.
    const cuts = later.flatMap(({ events }) =>
      (events as readonly RawEvent[]).flatMap((event) =>
        event.type === 'truncate' ? order.indexOf(String(event.from_message_id)) : [],
      ),
    )
    const isCut = (id: string) => cuts.some((cut) => cut >= 0 && cut <= order.indexOf(id))
    const gone = answers.filter(
      (id) => order.includes(id) && !found.includes(JSON.stringify(id)) && !isCut(id),
    )
    const isReported = discontinuities.some(
      (one) => one.page === page && one.conversation === conversation && one.at >= at,
    )
    if (gone.length === 0 || isReported) return []
    const text = `page ${page} showed ${gone.join(', ')} at ${at} ms; it vanished, and nothing is reported`
    return [{ kind: '6: a silent gap', text }]
  })
}
