import { act } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { type ChatMessage, messageText, type Schedule } from '../../src/index.js'
import { ChatProvider, useChat } from '../../src/react/index.js'
import type { Clock } from '../../src/shared/clock.js'
import { type Setup, setUp } from '../support/set-up.js'

export const frame = 16

/** Animation frames on the test's clock; jsdom's own are in real time. */
const onFrames =
  (clock: Clock): Schedule =>
  (flush) => {
    const id = clock.setTimeout(flush, frame)
    return () => clock.clearTimeout(id)
  }

/** A client whose frames and server stand on one virtual clock, to put a page over. */
export function setUpPage(setup: Setup = {}) {
  const base = setUp(setup)
  const makeClient: typeof base.makeClient = (options) =>
    base.makeClient({ schedule: onFrames(base.clock), ...options })
  const client = makeClient()
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ChatProvider client={client}>{children}</ChatProvider>
  )
  const strictWrapper = ({ children }: { children: ReactNode }) => (
    <StrictMode>{wrapper({ children })}</StrictMode>
  )
  /** Moves time; the page shows what became of it afterwards, not in between. */
  const advance = (ms: number) => act(() => base.clock.advance(ms))
  return {
    ...base,
    makeClient,
    client,
    conversation: client.conversation('demo'),
    wrapper,
    strictWrapper,
    advance,
  }
}

export const line = (message: ChatMessage) =>
  `${message.role}: ${messageText(message).trim()} (${message.status})`

/** A page as an app would write it. */
export function Chat({ conversationId = 'demo' }: { conversationId?: string }) {
  const { messages, status, error, connection, sendMessage } = useChat({ conversationId })
  return (
    <section aria-label={conversationId}>
      <p role="status">{`${connection.status}, ${status}`}</p>
      <ol>
        {messages.map((message) => (
          <li key={message.id}>{line(message)}</li>
        ))}
      </ol>
      {error && <p role="alert">{error.userMessage}</p>}
      <button type="button" onClick={() => sendMessage(`Hello from ${conversationId}`)}>
        Send
      </button>
    </section>
  )
}

/** The lines that a person sees. */
export const linesOf = (container: Element) =>
  [...container.querySelectorAll('li')].map((item) => item.textContent)
