// @vitest-environment jsdom
import { cleanup, render, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../../src/index.js'
import {
  ChatProvider,
  useChat,
  useChatActions,
  useChatClient,
  useConversation,
} from '../../src/react/index.js'
import { setUpPage } from './chat-page.js'

// React prints every error that a render throws, and reports it to the page, besides throwing it on.
const silence = (event: Event) => event.preventDefault()
beforeEach(() => {
  window.addEventListener('error', silence)
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  cleanup()
  window.removeEventListener('error', silence)
  vi.restoreAllMocks()
})

const noClient = 'unable to find a ChatClient; wrap the component in a ChatProvider'

describe('a hook outside of a provider', () => {
  it('says what is missing', () => {
    expect(() => renderHook(() => useChatClient())).toThrow(noClient)
    expect(() => renderHook(() => useChat({ conversationId: 'demo' }))).toThrow(noClient)
    expect(() => renderHook(() => useChatActions('demo'))).toThrow(noClient)
  })

  it('works with a client of its own', () => {
    const { client } = setUpPage()
    expect(renderHook(() => useChatClient(client)).result.current).toBe(client)
  })
})

describe('a provider', () => {
  it('gives the nearest client to what is below it', () => {
    const { client, makeClient } = setUpPage()
    const inner = makeClient()
    const { result } = renderHook(() => useChatClient(), {
      wrapper: ({ children }) => (
        <ChatProvider client={client}>
          <ChatProvider client={inner}>{children}</ChatProvider>
        </ChatProvider>
      ),
    })
    expect(result.current).toBe(inner)
  })

  it('without a client names what is missing', () => {
    const config: { client?: ChatClient } = {}
    expect(() => render(<ChatProvider client={config.client as ChatClient} />)).toThrow(
      'unable to use client; expected a ChatClient, got undefined',
    )
  })

  it('neither connects its client nor closes it', async () => {
    const { client, network, advance } = setUpPage()
    const { unmount } = render(<ChatProvider client={client} />)
    await advance(1000)
    expect(network.handshakes).toHaveLength(0)
    client.connect()
    await advance(1000)
    unmount()
    await advance(1000)
    expect(client.getSnapshot().connection.status).toBe('connected')
  })
})

describe('an argument that can not be used', () => {
  it('is named in the render, where it is seen', () => {
    const { wrapper } = setUpPage()
    const missing: { id?: string } = {}
    const id = missing.id as string
    const message = 'unable to use conversation id; expected a string that is not empty, got undefined'
    expect(() => renderHook(() => useChat({ conversationId: id }), { wrapper })).toThrow(message)
    expect(() => renderHook(() => useChatActions(id), { wrapper })).toThrow(message)
    expect(() => renderHook(() => useConversation(id, () => 0), { wrapper })).toThrow(message)
  })

  it('is named also where it is a selector', () => {
    const { wrapper } = setUpPage()
    const selector = 'messages' as unknown as () => number
    expect(() => renderHook(() => useConversation('demo', selector), { wrapper })).toThrow(
      'unable to use selector; expected a function, got string',
    )
  })
})
