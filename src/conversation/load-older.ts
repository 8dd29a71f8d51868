import { ConnectionLost } from '../connection/requests.js'
import type { ChatServer } from '../delivery/chat-server.js'
import type { Condition } from '../shared/condition.js'
import type { LogReader } from './log-reader.js'
import { messageAt, messageById, prepend } from './message-list.js'
import { messageFromWire, type Translate } from './wire-message.js'

export interface LoadOlderOptions {
  readonly conversationId: string
  readonly server: ChatServer
  readonly reader: LogReader
  readonly changes: Condition
  readonly translate: Translate
  readonly skipped: (count: number) => void
  readonly signal: AbortSignal
}

/** Fetches the page of history before the first message that is held, and puts it there if it still fits. */
export async function loadOlder(options: LoadOlderOptions): Promise<void> {
  const { conversationId, server, reader, changes, translate, skipped, signal } = options
  const first = messageAt(reader.log.messages, 0)
  if (!first || !reader.log.hasOlder) return
  const isFollowing = reader.isFollowing
  const request = { conversation_id: conversationId, before: first.id }
  const answer = await server.history(request).catch(async (error: unknown) => {
    if (!(error instanceof ConnectionLost) || !isFollowing) throw error
    // A new token is worth a second try, and so is a new connection; where there is none, that is the answer.
    await changes.until(() => reader.isSynced() || undefined, signal)
    return server.history(request)
  })
  if (answer.skipped > 0) skipped(answer.skipped)
  const { log, cursor } = reader
  if (answer.epoch !== cursor?.epoch || messageAt(log.messages, 0)?.id !== first.id) return
  const older = answer.messages
    .filter(({ id }) => messageById(log.messages, id) === undefined)
    .map((message) => messageFromWire(message, translate))
  reader.prepend({ ...log, messages: prepend(log.messages, older), hasOlder: answer.has_older })
}
