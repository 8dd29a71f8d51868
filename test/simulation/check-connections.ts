import type { Frame, Violation, WorldRecord } from './record.js'

/** When a connection may be given up, and a message with it, judged by what passed the pages' doors. */
export function checkConnections(record: WorldRecord): Violation[] {
  return [...checkHangUps(record), ...checkGivenUpMessages(record), ...checkPersistence(record)]
}

// The shortest silence that makes a page give its connection up: nine tenths of `timeouts.probe`.
const shortestSilence = 2700
// Milliseconds that a clock which was set can confuse a page.
const confusion = 20_000

/** A page does not give up a connection over which something has just arrived. */
function checkHangUps({ frames, acts, signOuts, pages, clockSets }: WorldRecord): Violation[] {
  return frames.flatMap((frame, index) => {
    const { kind, at, heardAt, page, line } = frame
    if (kind !== 'hung up' || heardAt === null || at - heardAt >= shortestSilence) return []
    const isRefused = frames
      .slice(0, index)
      .some((one) => one.line === line && one.error?.code === 'token_expired')
    const isWanted =
      pages[page]?.endedAt === at ||
      acts.some((act) => act.page === page && act.at === at) ||
      signOuts.some((one) => one.pages.includes(page) && at >= one.at && at - one.at < 1000) ||
      clockSets.some((set) => at >= set && at - set < confusion)
    if (isRefused || isWanted) return []
    const text = `page ${page} ends connection ${line} at ${at} ms; the last sign of life came at ${heardAt} ms`
    return [{ kind: '4: a healthy connection is replaced', text }]
  })
}

// Connections that a message must probably have ended before it may be given up.
const enoughLosses = 4

/** A message is given up for the connections that it ends, not for those that a bad network ends. */
function checkGivenUpMessages({ tasks, frames }: WorldRecord): Violation[] {
  return tasks.flatMap(({ id, page, finished, conversation }) => {
    if (!finished?.reason.includes('the connection was lost')) return []
    // Without a failed message, a retry does again what else has failed, such as to load older messages.
    if (!tasks.some((task) => task.id === id && task.kind !== 'retry')) return []
    const losses = lossesAlone(frames, page, id, ['chat:leave'])
    if (losses.filter(({ at }) => at <= finished.at).length >= enoughLosses) return []
    const text = `page ${page} gives up ${id} of ${conversation}, which has probably ended ${losses.length} connections`
    return [{ kind: '4: a message is given up for a bad network', text }]
  })
}

/** A message that ends each connection leaves at most so many times by itself. */
function checkPersistence({ tasks, frames, acts }: WorldRecord): Violation[] {
  return tasks.flatMap(({ id, page }) => {
    if (acts.some(({ task }) => task === id)) return []
    // A slow answer to a leave lets the page suspect that, too.
    const losses = lossesAlone(frames, page, id, [])
    const again = frames.filter(
      (frame) =>
        frame.kind === 'request' &&
        frame.event === 'chat:send' &&
        frame.page === page &&
        frame.task === id &&
        frame.at > (losses[enoughLosses - 1]?.at ?? Number.POSITIVE_INFINITY),
    )
    if (again.length === 0) return []
    const text = `page ${page} sends ${id} ${again.length} times more after ${enoughLosses} connections ended at it`
    return [{ kind: '4: a message goes on to break connections', text }]
  })
}

// Milliseconds after which a page waits for an answer no longer.
const longestWait = 10_000

/**
 * Ends of connections at which this request alone was unanswered, and on which another one had been answered before.
 *
 * @param ignored requests that may be unanswered besides.
 */
function lossesAlone(
  frames: readonly Frame[],
  page: number,
  task: string,
  ignored: readonly string[],
): Frame[] {
  return frames.filter((end, index) => {
    if (end.kind !== 'broken' || end.page !== page) return false
    const before = frames.slice(0, index).filter(({ line }) => line === end.line)
    const answers = before.filter(({ kind }) => kind === 'answer')
    const open = before.filter(
      (one, place) =>
        one.kind === 'request' &&
        !ignored.includes(one.event) &&
        one.at > end.at - longestWait &&
        // In the order of the frames: an answer of the same instant may be that to an earlier request.
        !before
          .slice(place)
          .some(
            ({ kind, event, task: of, conversation }) =>
              kind === 'answer' &&
              event === one.event &&
              of === one.task &&
              conversation === one.conversation,
          ),
    )
    return answers.length > 0 && open.length === 1 && open[0]?.task === task
  })
}
