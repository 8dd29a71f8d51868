export interface Message {
  readonly id: string
  readonly role: 'user' | 'assistant' | 'system'
  readonly text: string
}

export interface Setup {
  readonly container: HTMLElement
  /** What the shown conversation holds already. */
  readonly history: readonly Message[]
  /** How many conversations are answered at once; the first one is shown. */
  readonly conversations: number
}

export interface Feed {
  /** The server sent one more delta of the answer in this conversation. */
  push(conversation: number, text: string): void
  close(): void
}

/** One way to put an answer on the screen. */
export interface Contender {
  /** @returns once the history is mounted and the answer can be written to */
  start(setup: Setup): Promise<Feed>
}

/** What happens while an answer is written, counted. */
export const counts = { commits: 0, rows: 0 }

let isNoted = false

/** From a layout effect; those of one commit run in a row. */
export function noteCommit(): void {
  if (isNoted) return
  isNoted = true
  counts.commits++
  queueMicrotask(() => {
    isNoted = false
  })
}
