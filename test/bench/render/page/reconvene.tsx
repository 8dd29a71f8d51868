import { memo, useLayoutEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { ChatClient, type ChatMessage, type ConversationSnapshot, messageText } from 'reconvene'
import { ChatProvider, useConversation, useMessage } from 'reconvene/react'
import { inPageServer, nameOf } from '../../../support/page/in-page-server.js'
import { Beside } from './beside.js'
import { type Contender, noteCommit } from './contender.js'
import { Row } from './row.js'
import { painted } from './when-shown.js'

type Groups = readonly (readonly string[])[]

const groupSize = 100

/** The ids of the messages, by the hundred: another array only when a message has come or gone. */
function groupsOfIds() {
  let groups: Groups = []
  let last: ConversationSnapshot['messages'] = []
  return ({ messages }: ConversationSnapshot): Groups => {
    // A message that is the same object has the same id: nearly all of them, and none of those is even looked at.
    const isSame = (message: ChatMessage, index: number) =>
      message === last[index] || message.id === last[index]?.id
    if (messages.length !== last.length || !messages.every(isSame)) groups = inGroups(messages)
    last = messages
    return groups
  }
}

const inGroups = (messages: readonly ChatMessage[]): Groups =>
  Array.from({ length: Math.ceil(messages.length / groupSize) }, (_, place) =>
    messages.slice(place * groupSize, (place + 1) * groupSize).map(({ id }) => id),
  )

const MessageRow = memo(function MessageRow({ id }: { id: string }) {
  const message = useMessage(nameOf(0), id)
  return message && <Row role={message.role} text={messageText(message)} />
})

// React makes all children of a component anew when one of them has changed: a hundred of them, not all there are.
const Group = memo(function Group({ ids }: { ids: readonly string[] }) {
  return ids.map((id) => <MessageRow key={id} id={id} />)
})

function List() {
  const [select] = useState(groupsOfIds)
  const groups = useConversation(nameOf(0), select)
  useLayoutEffect(noteCommit)
  return (
    <div>
      {groups.map((ids) => (
        <Group key={ids[0]} ids={ids} />
      ))}
    </div>
  )
}

/** As the documentation advises for long lists: rows in groups, and each asks for its own message. */
export const reconvene: Contender = {
  async start({ container, history, conversations }) {
    const { transport, push } = inPageServer({ history, conversations })
    const client = new ChatClient({ url: 'http://server.test', transport })
    const root = createRoot(container)
    // Those that are not shown were a moment ago, as in an app with a list of them.
    for (let other = 1; other < conversations; other++)
      client.conversation(nameOf(other)).subscribe(() => {})()
    root.render(
      <ChatProvider client={client}>
        <Beside>
          <List />
        </Beside>
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
