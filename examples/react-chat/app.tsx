import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { AppError } from 'reconvene'
import { useChat, useChatActions } from 'reconvene/react'
import { announcement } from '../shared/announcement.js'
import type { FaultRequest } from '../shared/faults.js'
import { keepFocus } from '../shared/keep-focus.js'
import { messageActions } from '../shared/message-actions.js'
import type { Session } from '../shared/open-page.js'
import { Composer } from './composer.js'
import { Header } from './header.js'
import { useLanguage } from './language.js'
import { Notices } from './notices.js'
import { SidePanel } from './side-panel.js'
import { Transcript } from './transcript.js'

/** Wires the conversation to the components; below here everything takes plain data. */
export function App({ session }: { session: Session }) {
  const { client, record, faultConnection, options } = session
  const { conversationId } = options
  const { strings } = useLanguage()
  const { messages, status, error, retryState, hasOlder, isLoading, discontinuity, connection } = useChat({
    conversationId,
  })
  // One object that never changes, so messages that did not change are not rendered again.
  const chat = useChatActions(conversationId)

  const actions = useMemo(() => messageActions(chat, (task) => record.followTask(task)), [chat, record])
  const { entries, undelivered } = useSyncExternalStore(record.subscribe, record.getSnapshot)
  const connect = useCallback(() => client.connect(), [client])
  const [refusal, setRefusal] = useState<AppError>()
  const send = useCallback(
    (text: string) => {
      const task = chat.sendMessage(text)
      record.followTask(task)
      return task
    },
    [chat, record],
  )

  const cause = useCallback(
    async (fault: FaultRequest) => {
      const taken = await faultConnection.send(fault)
      record.add({ kind: taken ? 'faultSet' : 'faultNotSet', fault: fault.kind })
    },
    [faultConnection, record],
  )

  const page = useRef<HTMLDivElement>(null)
  useEffect(() => (page.current ? keepFocus(page.current) : undefined), [])

  return (
    <div className="page" ref={page}>
      <Header flavour="React" connection={connection} onConnect={connect} />
      <main className="chat">
        <Transcript
          messages={messages}
          hasOlder={hasOlder}
          isLoading={isLoading}
          undelivered={undelivered}
          actions={actions}
          onLoadOlder={chat.loadOlder}
          onSuggestion={send}
        />
        <Notices
          messages={messages}
          error={error}
          told={refusal}
          retryState={retryState}
          canRetryNow={retryState !== null && client.recovery.retryQueue.has(retryState.taskId)}
          connection={connection}
          discontinuity={discontinuity}
          actions={actions}
          onDismiss={chat.clearError}
          onConnect={connect}
        />
        <Composer
          busy={status === 'submitted' || status === 'streaming'}
          refusal={refusal}
          onRefused={setRefusal}
          onSend={send}
          onStop={() => void chat.stop()}
        />
      </main>
      <SidePanel entries={entries} onFault={cause} />
      <output className="visually-hidden">{announcement({ connection, status, retryState }, strings)}</output>
    </div>
  )
}
