import type { Violation, WorldRecord } from './record.js'

// Milliseconds in which the tabs of a device hear of each other, and one that is back has looked.
const hearing = 100

/** What pages of one origin owe each other. */
export function checkOrigin({ signOuts, frames, acts, unread, strange }: WorldRecord): Violation[] {
  const late = signOuts.flatMap(({ at, pages }) => {
    const sent = frames.find(
      (frame) =>
        frame.kind === 'request' &&
        (frame.event === 'chat:send' || frame.event === 'chat:retry') &&
        pages.includes(frame.page) &&
        frame.at > at + hearing &&
        // A page that could not read its storage as it came back knows of nothing.
        !unread.has(frame.page) &&
        !acts.some(
          (act) => act.page === frame.page && act.what === 'connect' && act.at >= at && act.at <= frame.at,
        ),
    )
    if (!sent) return []
    const text = `page ${sent.page} sends ${sent.task} at ${sent.at} ms; the person signed out at ${at} ms`
    return [{ kind: 'a page sends after a sign-out', text }]
  })
  return [...late, ...strange.map((text) => ({ kind: 'another server hears of it', text }))]
}
