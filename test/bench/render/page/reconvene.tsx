import { memo, useLayoutEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { ChatClient, type ConversationSnapshot, messageText, type TransportHandlers } from 'reconvene'
import { ChatProvider, useConversation, useMessage } from 'reconvene/react'
import { type Contender, type Message, noteCommit } from './contender.js'
import { Row } from './row.js'
import { painted } from './when-shown.js'

const at = '2026-01-01T00:00:00.000Z'
const nameOf = (conversation: number) => `conversation-${conversation}`
const wire = ({ id, role, text }: Message) => ({ id, role, parts: [{ type: 'text', text }], created_at: at })

/** The server, in this page: it knows how to join. Everything from the transport on is the SDK's own. */
function inPageServer(history: readonly Message[], conversations: number) {
  let handlers: TransportHandlers | undefined
  const offsets = Array.from({ length: conversations }, () => 1)
  const join = (id: string) => ({
    ok: true,
    epoch: 'e',
    offset: 1,
    events: [],
    snapshot: {
      offset: 1,
      messages: id === nameOf(0) ? history.map(wire) : [],
      has_older: false,
      tasks: [],
    },
    limits: { max_message_bytes: 100_000 },
  })
  const push = (conversation: number, body: object) => {
    const offset = (offsets[conversation] ?? 0) + 1
    offsets[conversation] = offset
    const envelope = { conversation_id: nameOf(conversation), epoch: 'e', offset, timestamp: at }
    handlers?.pushed('chat:event', { ...envelope, task_id: 'task', message_id: 'answer', ...body })
  }
  const transport: NonNullable<ConstructorParameters<typeof ChatClient>[0]['transport']> = (options) => {
    handlers = options.handlers
    return {
      open: () => void setTimeout(() => handlers?.connected()),
      close: () => {},
      emit: (event, payload, acknowledge) => {
        const { conversation_id: id } = payload as { conversation_id: string }
        if (event === 'chat:join') setTimeout(() => acknowledge?.(join(id)))
      },
    }
  }
  return { transport, push }
}

/** The ids of the messages: another array only when another message comes or one goes. */
function idsOf() {
  let ids: readonly string[] = []
  return ({ messages }: ConversationSnapshot) => {
    const isSame = ids.length === messages.length && messages.every(({ id }, index) => ids[index] === id)
    if (!isSame) ids = messages.map(({ id }) => id)
    return ids
  }
}

const MessageRow = memo(function MessageRow({ id }: { id: string }) {
  const message = useMessage(nameOf(0), id)
  return message && <Row role={message.role} text={messageText(message)} />
})

function List() {
  const [select] = useState(idsOf)
  const ids = useConversation(nameOf(0), select)
  useLayoutEffect(noteCommit)
  return (
    <div>
      {ids.map((id) => (
        <MessageRow key={id} id={id} />
      ))}
    </div>
  )
}

/** As the documentation advises for long lists: a row asks for its own message. */
export const reconvene: Contender = {
  async start({ container, history, conversations }) {
    const { transport, push } = inPageServer(history, conversations)
    const client = new ChatClient({ url: 'http://server.test', transport })
    const root = createRoot(container)
    // Those that are not shown were a moment ago, as in an app with a list of them.
    for (let other = 1; other < conversations; other++)
      client.conversation(nameOf(other)).subscribe(() => {})()
    root.render(
      <ChatProvider client={client}>
        <List />
      </ChatProvider>,
    )
    const isWhole = () => client.conversation(nameOf(0)).getSnapshot().messages.length === history.length
    for (let tries = 0; tries < 100 && !isWhole(); tries++) await painted()
    for (let conversation = 0; conversation < conversations; conversation++)
      push(conversation, { type: 'start', attempt: 1 })
    await painted()
    await painted()
    return {
      push: (conversation, text) => push(conversation, { type: 'delta', part: 0, text }),
      close() {
        root.unmount()
        void client.close()
      },
    }
  },
}
