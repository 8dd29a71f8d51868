import type { RawEvent } from './read-log.js'
import type { LogRecord, Settled, TaskRecord, Violation, WorldRecord } from './record.js'
import { isRefusedForGood } from './refusals.js'

/** What was promised of each task that a person began. */
export function checkTasks(record: WorldRecord, words: number): Violation[] {
  const settled = record.hanging
    .filter(({ page }) => !record.pages[page]?.hasCrashed)
    .map(({ page, what }) => ({ kind: '3: a promise hangs', text: `page ${page}: ${what} never settles` }))
  return [
    ...settled,
    ...record.leftOver.map((what) => ({ kind: '12: something is left', text: `${what} left after the end` })),
    ...record.tasks.flatMap((task) => [...checkAccepted(task, record), ...checkFinished(task, words)]),
    ...checkOrder(record),
    ...checkStops(record),
    ...checkTwins(record),
  ]
}

const eventsOf = ({ events }: LogRecord): readonly RawEvent[] => events as readonly RawEvent[]

const textOf = ({ message }: RawEvent): string => message?.parts.map(({ text = '' }) => text).join('') ?? ''

function checkAccepted(task: TaskRecord, { logs }: WorldRecord): Violation[] {
  const { id, text, accepted, kind } = task
  if (accepted?.code !== 'ok') return []
  // Where the stop came first, accepted means that the server knows of it: it will not run.
  if (logs.some((log) => eventsOf(log).some((event) => event.task_id === id && event.type === 'stop')))
    return []
  const stored = logs.filter(({ inputs }) => inputs.some(({ task_id }) => task_id === id))
  // Another page did the same first, and its task is this one's too.
  if (stored.length === 0 && logs.some((log) => isDoneByAnother(task, log))) return []
  if (stored.length === 0 && kind !== 'retry')
    return [{ kind: '1: accepted and not stored', text: `task ${id} ${text} was accepted and is not stored` }]
  const isWhole = stored.every((log) =>
    eventsOf(log).some((event) => event.task_id === id && (text === '' || textOf(event) === text)),
  )
  if (isWhole) return []
  return [{ kind: '1: stored otherwise', text: `task ${id} is stored with another text than ${text}` }]
}

/** Whether the log holds another task that asks for the same: a new answer, the answer to a call, the same edit. */
function isDoneByAnother({ id, kind, conversation }: TaskRecord, log: LogRecord): boolean {
  const wanted: Record<string, readonly string[]> = {
    regenerate: ['regenerate'],
    'answer a tool call': ['tool'],
    twice: ['regenerate', 'tool', 'edit'],
  }
  const done = ({ task_id, input }: LogRecord['inputs'][number]) =>
    task_id !== id && wanted[kind]?.includes((input as { kind?: string }).kind ?? '')
  return log.conversation === conversation && log.inputs.some(done)
}

function checkFinished({ id, finished }: TaskRecord, words: number): Violation[] {
  if (finished?.code !== 'ok') return []
  const count = finished.text.trim().split(' ').length
  if (finished.status === 'complete' && count === words) return []
  if (finished.status === 'stopped' && count <= words) return []
  const text = `task ${id} finished as ${finished.status} with "${finished.text}"`
  return [{ kind: '5: a wrong answer is handed out', text }]
}

// How the server names what has been done, replaced or answered already.
const lostRace = ['unknown_message', 'unknown_task', 'invalid_message']

/** Who does the same a moment later has lost a race, not failed. */
function checkTwins({ twins, tasks, trims, logs, frames }: WorldRecord): Violation[] {
  return twins.flatMap((ids) => {
    const own = tasks.filter(({ id }) => ids.includes(id))
    const codes = own.map(({ finished }) => finished?.code ?? '')
    const end = Math.max(...own.map(({ finished }) => finished?.at ?? 0))
    // A snapshot, or another log, does not tell what was replaced by whom.
    const isForgotten = trims.some((at) => at <= end) || logs.some(({ endedAt }) => endedAt <= end)
    const [first] = own
    // What a person did next may have taken the place of what both asked for.
    const isSuperseded = tasks.some(
      ({ id, at, conversation, kind }) =>
        !ids.includes(id) &&
        conversation === first?.conversation &&
        ['edit', 'regenerate', 'twice'].includes(kind) &&
        at >= first.at &&
        at <= end,
    )
    if (isForgotten || isSuperseded) return []
    // Chance refuses whatever is asked for, with such a code too.
    const isDrawn = (id: string, { code }: Settled) =>
      frames.some(({ task, error }) => task === id && error?.code === code && isRefusedForGood(error))
    // The answer that both share may itself have failed with such a code.
    const isOfAnswer = (finished: Settled) =>
      logs.some(({ events }) =>
        (events as readonly RawEvent[]).some(
          (event) => ids.includes(event.task_id ?? '') && tellsFailure(event, finished),
        ),
      )
    const isLost = own.some(
      ({ id, finished }) =>
        finished && lostRace.includes(finished.code) && !isDrawn(id, finished) && !isOfAnswer(finished),
    )
    if (!codes.includes('ok') || !isLost) return []
    const text = `tasks ${ids.join(' and ')} ask for the same, and end as ${codes.join(' and ')}`
    return [{ kind: '8: a lost race is shown as a failure', text }]
  })
}

/** Of one page's sends the earlier is stored first, unless something that is allowed to came in between. */
function checkOrder({ tasks, logs, acts, unstored, unremoved, frames }: WorldRecord): Violation[] {
  const found: Violation[] = []
  const again = new Set(acts.filter(({ what }) => what === 'retry').map(({ task }) => task))
  const storedBefore = new Set<string>()
  for (const log of logs) {
    const order = log.inputs.map(({ task_id }) => task_id)
    const sends = tasks.filter(
      ({ id, kind, conversation }, index) =>
        kind !== 'retry' &&
        conversation === log.conversation &&
        // A double click gives the task that is on its way.
        !tasks.slice(0, index).some((before) => before.id === id) &&
        order.includes(id) &&
        !again.has(id) &&
        // Later ones need not wait for a refused one, which an earlier page may have sent too: that request may arrive last.
        !frames.some(({ task, error }) => task === id && isRefusedForGood(error)) &&
        // A page that dies before this is stored leaves what comes after it to the next one, and what is still stored
        // although it was given up is sent when the next one finds it.
        !unstored.has(id) &&
        (unremoved.get(id) ?? 0) === 0 &&
        !storedBefore.has(id),
    )
    for (const [index, later] of sends.entries())
      for (const earlier of sends.slice(0, index))
        if (
          earlier.page === later.page &&
          !hadFailed(earlier, later.at) &&
          order.indexOf(earlier.id) > order.indexOf(later.id)
        )
          found.push({
            kind: '4: out of order',
            text: `${later.id} is stored before ${earlier.id} in ${log.epoch}`,
          })
    for (const id of order) storedBefore.add(id)
  }
  return found
}

/**
 * Whether the person knew by then that the server had refused the message. A copy of it that a slow server still had in hand
 * is stored all the same.
 */
const hadFailed = ({ accepted }: TaskRecord, time: number): boolean =>
  accepted !== null && accepted.code !== 'ok' && accepted.at <= time

/** Once a stop has resolved, nothing of its task is stored any more. */
function checkStops({ stops, logs, unremoved, acts }: WorldRecord): Violation[] {
  return stops.flatMap(({ task, settled, conversation }) => {
    if (settled?.code !== 'ok' || task === '' || (unremoved.get(task) ?? 0) > 0) return []
    const log = logs.find(
      (one) => one.conversation === conversation && one.beganAt <= settled.at && settled.at < one.endedAt,
    )
    // A person who retries it afterwards wants it again.
    if (!log || acts.some((act) => act.what === 'retry' && act.task === task && act.at >= settled.at))
      return []
    const after = eventsOf(log).find(
      (event) => event.task_id === task && event.type !== 'stop' && timeOf(event) > settled.at,
    )
    if (!after) return []
    const text = `${after.type} of task ${task} is stored after its stop resolved at ${settled.at} ms`
    return [{ kind: '7: revived after a stop', text }]
  })
}

// Worlds begin with the year, by the server's clock, which is right.
const began = Date.UTC(2026, 0, 1)

export const timeOf = ({ timestamp }: RawEvent): number => Date.parse(timestamp) - began

/** Whether an event of the log is the failure that a page reported. */
const tellsFailure = (event: RawEvent, { code, at }: Settled): boolean =>
  event.type === 'error' && event.code === code && timeOf(event) <= at
