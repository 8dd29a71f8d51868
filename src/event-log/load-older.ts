import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { Clock } from '../shared/clock.js'
import type { Condition } from '../shared/wait.js'
import { withTimeout } from '../shared/with-timeout.js'
import type { LogSynchronizer } from './log-synchronizer.js'
import { messageAt } from './message-list.js'

export interface LoadOlderOptions {
  readonly conversationId: string
  readonly server: ChatRequests
  readonly reader: LogSynchronizer
  readonly changes: Condition
  readonly clock: Clock
  readonly onSkipped: (count: number) => void
  readonly signal: AbortSignal
}

// Milliseconds for a connection to come back, or for the log to come as far as the page: a person who scrolls waits no longer.
const maxWait = 30_000

// A page that what is held has left behind is asked for once more, and not for ever.
const maxAsks = 3

/** Fetches the page of history before the first message that is held, and puts it there if it still fits. */
export async function loadOlder(options: LoadOlderOptions): Promise<void> {
  const { conversationId, server, reader, changes, clock, onSkipped, signal } = options
  const until = (fact: () => boolean) =>
    withTimeout(() => changes.waitFor(fact, signal), { ms: maxWait, clock, signal }, historyTimeout)
  for (let asks = 0; asks < maxAsks; asks++) {
    const first = messageAt(reader.log.messages, 0)
    const page = first && reader.log.hasOlder ? reader.expectOlder(first.id) : null
    if (!first || !page) return
    try {
      const isFollowing = reader.isFollowing
      const request = { conversation_id: conversationId, before: first.id }
      const answer = await server.history(request).catch(async (error: unknown) => {
        if (!(error instanceof ConnectionLost) || !isFollowing) throw error
        // A new token is worth a second try, and so is a new connection; if there is none, that is the answer.
        await until(() => reader.isSynced())
        return server.history(request)
      })
      if (answer.skipped > 0) onSkipped(answer.skipped)
      reader.giveOlder(page, answer)
      await until(() => page.end !== null)
      if (page.end !== 'stale') return
    } finally {
      page.end ??= 'gone'
    }
  }
  throw new AppError({ code: 'interrupted', message: 'unable to load older messages; they change' })
}

const historyTimeout = () =>
  new AppError({ code: 'timeout', message: 'unable to load older messages in time' })
