import type { ChatClient, TransportHandlers } from 'reconvene'

export interface GivenMessage {
  readonly id: string
  readonly role: 'user' | 'assistant' | 'system'
  readonly text: string
}

const at = '2026-01-01T00:00:00.000Z'
const wire = ({ id, role, text }: GivenMessage) => ({
  id,
  role,
  parts: [{ type: 'text', text }],
  created_at: at,
})

/** Conversation `index` of an in-page server. */
export const nameOf = (index: number) => `conversation-${index}`

interface InPageServerOptions {
  /** The messages of the first conversation. */
  readonly history?: readonly GivenMessage[]
  /** How many conversations there are. */
  readonly conversations?: number
  /** Whether a client that joins late gets what was pushed before. */
  readonly keepsLog?: boolean
}

/** A server within the page, which knows how to join: everything from the transport on is the SDK's own. */
export function inPageServer({
  history = [],
  conversations = 1,
  keepsLog = false,
}: InPageServerOptions = {}) {
  const connected = new Set<TransportHandlers>()
  const offsets = Array.from({ length: conversations }, () => 1)
  const logs = Array.from({ length: conversations }, (): object[] => [])
  let joins = 0
  const join = (id: string) => ({
    ok: true,
    epoch: 'e',
    offset: offsets[indexOf(id)] ?? 1,
    events: logs[indexOf(id)] ?? [],
    snapshot: {
      offset: 1,
      messages: id === nameOf(0) ? history.map(wire) : [],
      has_older: false,
      tasks: [],
    },
    limits: { max_message_bytes: 100_000 },
  })
  const indexOf = (id: string) => offsets.findIndex((_, index) => nameOf(index) === id)
  /** Appends an event of the answer to the log, and pushes it to who is connected. */
  const push = (conversation: number, body: object) => {
    const offset = (offsets[conversation] ?? 0) + 1
    offsets[conversation] = offset
    const envelope = { conversation_id: nameOf(conversation), epoch: 'e', offset, timestamp: at }
    const event = { ...envelope, task_id: 'task', message_id: 'answer', ...body }
    if (keepsLog) logs[conversation]?.push(event)
    for (const handlers of connected) handlers.pushed('chat:event', event)
  }
  const transport: NonNullable<ConstructorParameters<typeof ChatClient>[0]['transport']> = ({
    handlers,
  }) => ({
    open: () =>
      void setTimeout(() => {
        connected.add(handlers)
        handlers.connected()
      }),
    close: () => void connected.delete(handlers),
    emit: (event, payload, acknowledge) => {
      const { conversation_id: id } = payload as { conversation_id: string }
      if (event !== 'chat:join') return
      joins++
      setTimeout(() => acknowledge?.(join(id)))
    },
  })
  return {
    transport,
    push,
    get joins() {
      return joins
    },
    get connections() {
      return connected.size
    },
  }
}
