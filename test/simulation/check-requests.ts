import { timeOf } from './check-tasks.js'
import type { RawEvent } from './read-log.js'
import type { ErrorRecord, Frame, Violation, WorldRecord } from './record.js'

/** What pages may ask, and when, judged by what passed their doors. */
export function checkRequests(record: WorldRecord): Violation[] {
  return [
    ...record.frames.flatMap((frame, index) =>
      checkAfterRefusal(frame, record.frames.slice(index + 1), record),
    ),
    ...checkAttempts(record),
    ...checkRenewals(record),
    ...checkSecondRefusals(record),
    ...checkGivenUp(record),
  ]
}

const advisedBy = ({ retry_after_ms: ms = 0 }: ErrorRecord): number => ms
const isFinal = (error: ErrorRecord): boolean => error.retryable === false || advisedBy(error) < 0

// Milliseconds that a page waits for an answer; nobody listens to what comes later.
const longestWait = 10_000

function isTooLate({ line, event, task, at }: Frame, { frames }: WorldRecord): boolean {
  const asked = frames.findLast(
    (frame) =>
      frame.kind === 'request' &&
      frame.line === line &&
      frame.event === event &&
      frame.task === task &&
      frame.at <= at,
  )
  return asked !== undefined && at - asked.at >= longestWait
}

/** After a refusal the same is not asked again too soon, nor at all where that is of no use. */
function checkAfterRefusal(refused: Frame, later: readonly Frame[], record: WorldRecord): Violation[] {
  const { acts, clockSets } = record
  const { error, page, event, at, task, conversation } = refused
  if (!error || error.code === 'token_expired' || isTooLate(refused, record)) return []
  const isHandshake = refused.kind === 'refused'
  const mayActAgain = (until: number) =>
    acts.some(
      (act) =>
        act.page === page &&
        act.at >= at &&
        act.at <= until &&
        (isHandshake || act.task === '' || act.task === task || act.what === 'stop'),
    )
  const same = later.find(
    (frame) =>
      frame.page === page &&
      (isHandshake
        ? frame.kind === 'open'
        : frame.kind === 'request' && frame.event === event && frame.task === task) &&
      frame.conversation === conversation &&
      // Another connection may lead to another server, and is of no use unless it is joined.
      (event !== 'chat:join' || frame.line === refused.line),
  )
  if (!same || mayActAgain(same.at)) return []
  const name = isHandshake ? 'the handshake' : `${event} ${task}`
  if (isFinal(error) && !isHandshake)
    return [{ kind: '10: a final refusal is retried', text: `page ${page} repeats ${name} at ${same.at} ms` }]
  // A page whose clock is set meanwhile can't tell how much time has passed.
  if (same.at >= at + advisedBy(error) || clockSets.some((set) => set >= at && set <= same.at)) return []
  const text = `page ${page} repeats ${name} at ${same.at} ms, ${advisedBy(error)} ms after ${at} ms at the earliest`
  return [{ kind: '9: advice is not heeded', text }]
}

/** An attempt rises only after an error of the one before, one that allows it. */
function checkAttempts({ frames, logs, acts }: WorldRecord): Violation[] {
  const errors = logs
    .flatMap(({ events }) => events as readonly RawEvent[])
    .filter(({ type }) => type === 'error')
  const retries = frames.filter(({ kind, event }) => kind === 'request' && event === 'chat:retry')
  return retries.flatMap(({ at, page, task, attempt }): Violation[] => {
    const failed = errors.filter(
      (error) => error.task_id === task && error.attempt === attempt - 1 && timeOf(error) <= at,
    )
    const name = `page ${page} asks for attempt ${attempt} of ${task} at ${at} ms`
    if (failed.length === 0)
      return [{ kind: '4: an attempt of nothing', text: `${name}; none before it failed` }]
    if (acts.some((act) => act.task === task && act.at <= at)) return []
    if (failed.every((error) => isFinal(error)))
      return [{ kind: '10: a final failure is retried', text: `${name}, which can't help` }]
    if (failed.every((error) => timeOf(error) + advisedBy(error) > at))
      return [{ kind: '9: advice is not heeded', text: `${name}, too soon` }]
    return []
  })
}

/** An expired token is renewed once, and only then. */
function checkRenewals({ renewals, frames }: WorldRecord): Violation[] {
  return renewals.flatMap(({ page, token, at }) => {
    const refusals = frames.filter(
      (frame) => frame.page === page && frame.token === token && frame.error?.code === 'token_expired',
    )
    if (!refusals.some((frame) => frame.at <= at))
      return [
        { kind: '10: a token is renewed for nothing', text: `page ${page} renews ${token} at ${at} ms` },
      ]
    const asked = renewals.filter((one) => one.page === page && one.token === token)
    const reconnects = new Set(refusals.map(({ line }) => line)).size
    if (asked.length <= reconnects) return []
    return [
      { kind: '10: a token is renewed twice', text: `page ${page} renews ${token} ${asked.length} times` },
    ]
  })
}

/** Where the new token is refused as well, nothing is tried any more until a person connects. */
function checkSecondRefusals({ renewals, frames, acts }: WorldRecord): Violation[] {
  return renewals.flatMap(({ page, at }) => {
    const own = frames.filter((frame) => frame.page === page && frame.at >= at)
    const opened = own.find(({ kind }) => kind === 'open')
    const refused = own.find((frame) => frame.line === opened?.line && frame.kind === 'refused')
    if (refused?.error?.code !== 'token_expired') return []
    const again =
      own.find((frame) => frame.kind === 'open' && frame.line > refused.line)?.at ??
      renewals.find((one) => one.page === page && one.at > refused.at)?.at
    if (again === undefined) return []
    // A person's connecting is one's word that the next token is better; before that none is asked for either.
    const isWanted = acts.some(
      (act) =>
        act.page === page &&
        (act.what === 'connect' || act.what === 'disconnect') &&
        act.at >= at &&
        act.at <= again,
    )
    if (isWanted) return []
    const text = `page ${page} goes on at ${again} ms; its new token was refused at ${refused.at} ms`
    return [{ kind: '10: a second refusal is not final', text }]
  })
}

/** What was reported as failed or cancelled is not sent any more, from no page, unless a person wants it. */
function checkGivenUp({ tasks, frames, acts, unremoved }: WorldRecord): Violation[] {
  const given = ['chat:send', 'chat:retry']
  return tasks.flatMap(({ id, finished, page }) => {
    if (!finished || finished.code === 'ok' || finished.code === 'closed' || (unremoved.get(id) ?? 0) > 0)
      return []
    const sent = frames.find(
      (frame) =>
        frame.kind === 'request' &&
        frame.task === id &&
        given.includes(frame.event) &&
        frame.at > finished.at &&
        !acts.some((act) => act.task === id && act.at <= frame.at && act.at >= finished.at) &&
        // What one page gives up is still wanted on the other where a person sent or retried it.
        !tasks.some((own) => own.id === id && own.page === frame.page && own.page !== page),
    )
    if (!sent) return []
    const text = `${sent.event} ${id} leaves page ${sent.page} at ${sent.at} ms; ${finished.code} since ${finished.at} ms`
    return [{ kind: '5: sent after it was given up', text }]
  })
}
