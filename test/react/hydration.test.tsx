// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ChatProvider, useConversation } from '../../src/react/index.js'
import { wordsOf } from '../support/word-responder.js'
import { Chat, linesOf, setUpPage } from './chat-page.js'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** Makes a new object each time, as a careless selector does. */
function Careless() {
  const { count } = useConversation('demo', ({ messages }) => ({ count: messages.length }))
  return <p role="note">{count}</p>
}

function setUpHydration() {
  const { client: onServer } = setUpPage()
  const page = setUpPage()
  const app = (client: typeof onServer) => (
    <StrictMode>
      <ChatProvider client={client}>
        <Chat />
        <Careless />
      </ChatProvider>
    </StrictMode>
  )
  const container = document.createElement('div')
  container.innerHTML = renderToString(app(onServer))
  document.body.append(container)
  // React reports a mismatch here, and rebuilds the page.
  const complaints = vi.spyOn(console, 'error')
  const hydrate = () => render(app(page.client), { container, hydrate: true })
  return { ...page, container, complaints, hydrate }
}

describe('a page that a server rendered', () => {
  it('is taken over as it is, then connects and chats as any other', async () => {
    const { container, complaints, hydrate, advance, network } = setUpHydration()
    const button = container.querySelector('button')
    hydrate()
    expect(container.querySelector('button')).toBe(button)
    await advance(100)
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    expect(linesOf(container)).toEqual([
      'user: Hello from demo (sent)',
      `assistant: ${wordsOf(1).trim()} (complete)`,
    ])
    expect(network.handshakes).toHaveLength(1)
    expect(complaints).not.toHaveBeenCalled()
  })

  it('is taken over as it is also where the conversation has gone on before', async () => {
    const { container, complaints, hydrate, conversation, clock, advance } = setUpHydration()
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    const button = container.querySelector('button')
    hydrate()
    await advance(20)
    expect(container.querySelector('button')).toBe(button)
    expect(linesOf(container)).toHaveLength(2)
    expect(screen.getByRole('note').textContent).toBe('2')
    expect(complaints).not.toHaveBeenCalled()
  })
})
