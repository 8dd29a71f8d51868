import { useCallback, useMemo } from 'react'
import { useChat } from 'reconvene/react'
import { announcement } from '../shared/announcement.js'
import type { MessageActions } from '../shared/message-actions.js'
import type { Session } from '../shared/open-page.js'
import { recordTask } from '../shared/timeline-store.js'
import { Composer } from './composer.js'
import { Header } from './header.js'
import { useLanguage } from './language.js'
import { Notices } from './notices.js'
import { SidePanel } from './side-panel.js'
import { Transcript } from './transcript.js'

/** Wires the conversation to the components; below here everything takes plain data. */
export function App({ session }: { session: Session }) {
  const { client, timeline, options } = session
  const { strings } = useLanguage()
  const chat = useChat({ conversationId: options.conversationId })
  const { messages, status, connection, retryState, sendMessage } = chat
  const { editMessage, regenerate, respondToApproval, addToolOutput, retry, retryNow, discard, stop } = chat

  const send = useCallback(
    (text: string) => {
      const task = sendMessage(text)
      recordTask(task, timeline)
      return task
    },
    [sendMessage, timeline],
  )

  const actions = useMemo<MessageActions>(
    () => ({
      edit: (messageId, text) => recordTask(editMessage(messageId, text), timeline),
      regenerate: (messageId) => recordTask(regenerate({ messageId }), timeline),
      respondToApproval: (toolCallId, approved) =>
        recordTask(respondToApproval({ toolCallId, approved }), timeline),
      answerTool: (toolCallId, output) => recordTask(addToolOutput({ toolCallId, output }), timeline),
      retry: (taskId) => void retry(taskId),
      retryNow: (taskId) => void retryNow(taskId),
      cancel: (taskId) => void stop(taskId),
      discard: (taskId) => void discard(taskId),
    }),
    [editMessage, regenerate, respondToApproval, addToolOutput, retry, retryNow, stop, discard, timeline],
  )

  const connect = useCallback(() => void client.connect(), [client])
  const busy = status === 'submitted' || status === 'streaming'

  return (
    <div className="page">
      <Header flavour="React" connection={connection} onConnect={connect} />
      <main className="chat">
        <Transcript
          messages={messages}
          hasOlder={chat.hasOlder}
          actions={actions}
          onLoadOlder={chat.loadOlder}
          onSuggestion={send}
        />
        <Notices
          messages={messages}
          error={chat.error}
          connection={connection}
          discontinuity={chat.discontinuity}
          onDismiss={chat.clearError}
          onConnect={connect}
        />
        <Composer busy={busy} onSend={send} onStop={() => void stop()} />
      </main>
      <SidePanel session={session} />
      <output className="visually-hidden">{announcement({ connection, status, retryState }, strings)}</output>
    </div>
  )
}
