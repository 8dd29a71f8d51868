// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../../src/index.js'
import { ChatProvider } from '../../src/react/index.js'
import { wordsOf } from '../support/word-responder.js'
import { Chat, linesOf, setUpPage } from './chat-page.js'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const gcTime = 300_000
const answered = ['user: Hello from demo (sent)', `assistant: ${wordsOf(1).trim()} (complete)`]

describe('a page under StrictMode, which mounts everything twice', () => {
  it('makes one connection and one join, and sends a message once', async () => {
    const { network, responder, advance, strictWrapper } = setUpPage()
    const { container } = render(<Chat />, { wrapper: strictWrapper })
    await advance(100)
    fireEvent.click(screen.getByText('Send'))
    await advance(2000)
    expect(linesOf(container)).toEqual(answered)
    expect(network.handshakes).toHaveLength(1)
    expect(network.sent('chat:join')).toHaveLength(1)
    expect(network.sent('chat:leave')).toHaveLength(0)
    expect(network.sent('chat:send')).toHaveLength(1)
    expect(responder.runs).toBe(1)
  })

  it('connects once with a client that was made in a state, although React makes two', async () => {
    const { network, advance, makeClient } = setUpPage()
    const made: ChatClient[] = []
    function App() {
      const [client] = useState(() => {
        const client = makeClient()
        made.push(client)
        return client
      })
      return (
        <ChatProvider client={client}>
          <Chat />
        </ChatProvider>
      )
    }
    render(<App />, { wrapper: StrictMode })
    await advance(1000)
    expect(made).toHaveLength(2)
    expect(network.handshakes).toHaveLength(1)
    expect(network.sent('chat:join')).toHaveLength(1)
  })
})

describe('a page that is left', () => {
  it('goes on with the answer, whole, when it is opened again during the stream', async () => {
    const { network, responder, advance, wrapper } = setUpPage()
    const first = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    expect(linesOf(first.container)[1]).toMatch(/^assistant: r1w1 .*\(streaming\)$/)
    first.unmount()
    await advance(30)

    const second = render(<Chat />, { wrapper })
    expect(linesOf(second.container)[1]).toMatch(/^assistant: r1w1 r1w2 .*\(streaming\)$/)
    await advance(1000)
    expect(linesOf(second.container)).toEqual(answered)
    expect(responder.runs).toBe(1)
    expect(network.sent('chat:join')).toHaveLength(1)
  })

  it('has its answer also when the stream ended meanwhile', async () => {
    const { advance, wrapper } = setUpPage()
    const first = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    first.unmount()
    await advance(10_000)
    expect(linesOf(render(<Chat />, { wrapper }).container)).toEqual(answered)
  })

  it('leaves the conversation after gcTime, and reads it anew when it is opened later still', async () => {
    const { network, advance, wrapper } = setUpPage()
    const first = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    first.unmount()
    await advance(gcTime - 1)
    expect(network.sent('chat:leave')).toHaveLength(0)
    await advance(1)
    expect(network.sent('chat:leave')).toHaveLength(1)

    const second = render(<Chat />, { wrapper })
    expect(linesOf(second.container)).toEqual([])
    await advance(100)
    expect(linesOf(second.container)).toEqual(answered)
    expect(network.handshakes).toHaveLength(1)
  })

  it('leaves neither a listener nor a timer once the client is closed', async () => {
    const { client, conversation, clientClock, advance, strictWrapper } = setUpPage()
    const stores = [countListeners(client), countListeners(conversation)]
    const { unmount } = render(<Chat />, { wrapper: strictWrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    for (const { listeners } of stores) expect(listeners()).toBeGreaterThan(0)
    unmount()
    for (const { listeners } of stores) expect(listeners()).toBe(0)
    await act(() => client.close())
    expect(clientClock.pending).toBe(0)
  })
})

describe('two components that show the same conversation', () => {
  it('share one join and show the same', async () => {
    const { network, advance, wrapper } = setUpPage()
    const { container } = render(
      <>
        <Chat />
        <Chat />
      </>,
      { wrapper },
    )
    const [first, second] = [...container.querySelectorAll('section')]
    if (!first || !second) throw new Error('unable to test; a chat is missing')
    fireEvent.click(first.querySelector('button') ?? first)
    await advance(70)
    expect(linesOf(first)[1]).toContain('(streaming)')
    expect(linesOf(second)).toEqual(linesOf(first))
    await advance(1000)
    expect(linesOf(first)).toEqual(answered)
    expect(linesOf(second)).toEqual(answered)
    expect(network.handshakes).toHaveLength(1)
    expect(network.sent('chat:join')).toHaveLength(1)
  })

  it('do not end it for each other', async () => {
    const { network, advance, wrapper } = setUpPage()
    const { container, rerender } = render([<Chat key="a" />, <Chat key="b" />], { wrapper })
    await advance(100)
    rerender([<Chat key="b" />])
    await advance(gcTime * 2)
    expect(network.sent('chat:leave')).toHaveLength(0)
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    expect(linesOf(container)).toEqual(answered)
  })
})

describe("an app's own listener that throws", () => {
  it('stops neither the page nor the conversation, and is reported as any error of the page', async () => {
    const reported: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
    const { client, conversation, advance, wrapper } = setUpPage()
    const mistake = new Error('a mistake of the app')
    const fail = () => {
      throw mistake
    }
    conversation.subscribe(fail)
    client.subscribe(fail)
    const { container } = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    expect(linesOf(container)).toEqual(answered)
    expect(new Set(reported)).toEqual(new Set([mistake]))
  })
})

/** Counts the listeners that a store has. */
function countListeners(store: { subscribe(listener: () => void): () => void }) {
  const { subscribe } = store
  let listeners = 0
  store.subscribe = (listener) => {
    const undo = subscribe(listener)
    listeners++
    return () => {
      undo()
      listeners--
    }
  }
  return { listeners: () => listeners }
}
