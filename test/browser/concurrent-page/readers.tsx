import { memo, type ReactNode, useDeferredValue } from 'react'
import { type ChatMessage, messageText } from 'reconvene'
import { useChat, useConversation, useMessage } from 'reconvene/react'
import { conversationId } from './stream.js'

/** The ways in which a page can read a conversation. */
export type Reading = 'useChat' | 'useMessage' | 'useConversation'

/** Works for `ms` milliseconds. */
function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

export const answerLength = (messages: readonly ChatMessage[]) => {
  const answer = messages.at(-1)
  return answer?.id === 'answer' ? messageText(answer).length : 0
}

/** Shows how much of the answer a reader has. */
const Length = ({ of: length }: { of: number }) => <output data-length={length}>{length}</output>

/** The end of a message: the layout of a long text would be most of what is measured. */
const Row = memo(function Row({ message }: { message: ChatMessage }) {
  return <p>{messageText(message).slice(-100)}</p>
})

function ChatReader() {
  const { messages } = useChat({ conversationId })
  return (
    <>
      <Length of={answerLength(messages)} />
      {messages.map((message) => (
        <Row key={message.id} message={message} />
      ))}
    </>
  )
}

const IdRow = memo(function IdRow({ id }: { id: string }) {
  const message = useMessage(conversationId, id)
  return (
    <>
      {id === 'answer' && <Length of={message ? answerLength([message]) : 0} />}
      {message && <Row message={message} />}
    </>
  )
})

function RowReader() {
  const ids = useConversation(conversationId, ({ messages }) => messages.map(({ id }) => id).join(' '))
  return ids
    .split(' ')
    .filter(Boolean)
    .map((id) => <IdRow key={id} id={id} />)
}

function PartReader() {
  return <Length of={useConversation(conversationId, ({ messages }) => answerLength(messages))} />
}

const readers = { useChat: ChatReader, useMessage: RowReader, useConversation: PartReader }

/** The streamed answer, read in one of the ways. */
export function Answer({ reading }: { reading: Reading }) {
  const Reader = readers[reading]
  return <Reader />
}

const SlowChat = () => <Length of={answerLength(useChat({ conversationId }).messages)} />

function SlowMessage() {
  const message = useMessage(conversationId, 'answer')
  return <Length of={message ? answerLength([message]) : 0} />
}

const slowReaders = { useChat: SlowChat, useMessage: SlowMessage, useConversation: PartReader }

/** One reader, which takes `ms` milliseconds to render. */
export function SlowReader({ reading, ms }: { reading: Reading; ms: number }) {
  const Reader = slowReaders[reading]
  work(ms)
  return <Reader />
}

/** A piece of a screen that takes a millisecond to render. */
const Piece = ({ children }: { children?: ReactNode }) => {
  work(1)
  return <i>{children}</i>
}

/** A screen that takes `ms` milliseconds to render, in pieces between which React can pause. */
export const Screen = memo(function Screen({ ms, onShown }: { ms: number; onShown: () => void }) {
  return (
    <section ref={(element) => void (element && onShown())}>
      {Array.from({ length: ms }, (_, index) => index).map((index) => (
        <Piece key={index} />
      ))}
    </section>
  )
})

const slowList = 40

/** As Markdown that takes long: 40 ms for the list, or for the row. */
const SlowList = memo(function SlowList({ length }: { length: number }) {
  return (
    <section data-deferred={length}>
      {Array.from({ length: slowList }, (_, index) => index).map((index) => (
        <Piece key={index}>{length}</Piece>
      ))}
    </section>
  )
})

function DeferredChat() {
  return <SlowList length={answerLength(useDeferredValue(useChat({ conversationId }).messages))} />
}

function DeferredRow() {
  const message = useDeferredValue(useMessage(conversationId, 'answer'))
  return <SlowList length={message ? answerLength([message]) : 0} />
}

function DeferredPart() {
  return (
    <SlowList
      length={answerLength(useDeferredValue(useConversation(conversationId, ({ messages }) => messages)))}
    />
  )
}

const deferred = { useChat: DeferredChat, useMessage: DeferredRow, useConversation: DeferredPart }

/** The answer as a deferred value over a list that takes 40 ms to render. */
export function DeferredAnswer({ reading }: { reading: Reading }) {
  const Reader = deferred[reading]
  return <Reader />
}
