import { openScreen } from './beside.js'
import { type Contender, counts, type Message } from './contender.js'
import { slowText } from './row.js'
import { painted } from './when-shown.js'

export interface RenderCase {
  readonly history: number
  /** Deltas in all. */
  readonly deltas: number
  /** Deltas a second; null: as fast as the page takes them. */
  readonly rate: number | null
  readonly conversations: number
  readonly hidden: boolean
  /** A transition to a screen that takes so many milliseconds to render begins while the answer is written. */
  readonly screen?: number
  /** How many milliseconds a row's text takes to render; it is deferred then. */
  readonly slowText?: number
}

export interface RenderFigures {
  readonly commits: number
  readonly rows: number
  readonly frames: number
  /** Milliseconds from a delta to the end of the frame that shows it. */
  readonly lagP50: number
  readonly lagP99: number
  readonly lagMax: number
  /** Milliseconds from the last delta until all of the text is on the screen. */
  readonly last: number
  /** Milliseconds of the longest task; 0 where none was longer than 50. */
  readonly longestTask: number
  /** Milliseconds from the beginning of the transition until its screen is there; 0 without a transition. */
  readonly transition: number
  /** Bytes that were allocated, as far as seen from frame to frame. */
  readonly garbage: number
}

const word = 'word '
const sentence = 'What was said here before, at some length, so that there is a line of it to lay out. '

const historyOf = (length: number): Message[] =>
  Array.from({ length }, (_, index) => ({
    id: `message-${index}`,
    role: index % 2 === 0 ? 'user' : 'assistant',
    text: `${index}: ${sentence}`,
  }))

/** Browsers give a hidden page no frames; a headless one is never hidden, so it is told that it is. */
function hide(): void {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
  window.requestAnimationFrame = () => 0
  document.dispatchEvent(new Event('visibilitychange'))
}

const heap = () => (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** The next task, without the pause that timers have. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

const afterPause = () => new Promise<void>((resolve) => setTimeout(resolve, 4))

export interface Started {
  /** Writes the answer and tells what it took. */
  run(): Promise<RenderFigures>
  close(): void
}

/** Mounts one contender with its history. */
export async function startCase(contender: Contender, one: RenderCase): Promise<Started> {
  const container = document.body.appendChild(document.createElement('main'))
  slowText.ms = one.slowText ?? 0
  const realFrame = window.requestAnimationFrame.bind(window)
  const feed = await contender.start({
    container,
    history: historyOf(one.history),
    conversations: one.conversations,
  })
  await painted()
  if (one.hidden) hide()
  return {
    close() {
      feed.close()
      container.remove()
    },
    async run() {
      counts.commits = counts.rows = 0
      const shownDeltas = one.deltas / one.conversations
      const pushedAt: number[] = []
      const lags: number[] = []
      // The frame in which the answer begins: its first delta may be shown with it.
      let frames = 1
      let garbage = 0
      let before = heap()
      let seenAll = 0
      let longestTask = 0
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
      })
      observer.observe({ type: 'longtask' })
      const done = new Promise<void>((resolve) => {
        const look = () => {
          const row = container.querySelector('div')?.lastElementChild
          const text = (row as HTMLElement | null)?.dataset.role === 'assistant' ? row?.textContent : ''
          const shown = Math.floor((text?.length ?? 0) / word.length)
          const now = performance.now()
          while (lags.length < Math.min(shown, pushedAt.length))
            lags.push(now - (pushedAt[lags.length] ?? now))
          const used = heap()
          garbage += Math.max(0, used - before)
          before = used
          frames++
          if (lags.length < shownDeltas) return next()
          seenAll = now
          resolve()
        }
        const next = () => void realFrame(() => setTimeout(look))
        next()
      })
      let transition: Promise<number> | undefined
      const begin = performance.now()
      for (let pushed = 0; pushed < one.deltas; ) {
        const due = one.rate === null ? pushed + 20 : ((performance.now() - begin) / 1000) * one.rate
        for (; pushed < Math.min(due, one.deltas); pushed++) {
          const conversation = pushed % one.conversations
          if (conversation === 0) pushedAt.push(performance.now())
          feed.push(conversation, word)
        }
        if (one.screen !== undefined && pushed > one.deltas / 4) transition ??= openScreen(one.screen)
        await (one.rate === null ? nextTask() : afterPause())
      }
      await done
      observer.disconnect()
      lags.sort((a, b) => a - b)
      return {
        ...counts,
        frames,
        lagP50: at(lags, 0.5),
        lagP99: at(lags, 0.99),
        lagMax: lags.at(-1) ?? 0,
        transition: (await transition) ?? 0,
        last: seenAll - (pushedAt.at(-1) ?? seenAll),
        longestTask,
        garbage,
      }
    },
  }
}
