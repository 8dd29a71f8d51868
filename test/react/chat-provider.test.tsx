// @vitest-environment jsdom
import { cleanup, render, renderHook } from '@testing-library/react'
import { StrictMode, useEffect, useState } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../../src/index.js'
import { warnOfClosedClient } from '../../src/react/development.js'
import {
  ChatProvider,
  useChat,
  useChatActions,
  useChatClient,
  useConversation,
} from '../../src/react/index.js'
import { Chat, setUpPage } from './chat-page.js'

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

describe('a client that an effect closes', () => {
  const warnings = () => vi.spyOn(console, 'warn').mockImplementation(() => {})
  afterEach(() => vi.unstubAllEnvs())

  function MadeInState({ makeClient }: { makeClient: () => ChatClient }) {
    const [client] = useState(makeClient)
    useEffect(() => () => void client.close(), [client])
    return <ChatProvider client={client} />
  }

  it('and that is made in a state is dead under StrictMode, and a warning says so', async () => {
    const { makeClient, advance } = setUpPage()
    const warn = warnings()
    render(<MadeInState makeClient={makeClient} />, { wrapper: StrictMode })
    await advance(100)
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]?.[0]).toContain('a client that is closed for good')
  })

  it('causes no warning in production, nor in a page without a bundler', async () => {
    const { makeClient, advance } = setUpPage()
    const warn = warnings()
    vi.stubEnv('NODE_ENV', 'production')
    render(<MadeInState makeClient={makeClient} />, { wrapper: StrictMode })
    await advance(100)
    vi.unstubAllEnvs()
    const { process } = globalThis
    vi.stubGlobal('process', undefined)
    const closed = makeClient()
    void closed.close()
    warnOfClosedClient(closed)
    vi.stubGlobal('process', process)
    expect(warn).not.toHaveBeenCalled()
  })

  it('and that the same effect makes lives under StrictMode, alone', async () => {
    const { network, makeClient, advance } = setUpPage()
    const warn = warnings()
    function MadeInEffect() {
      const [client, setClient] = useState<ChatClient | null>(null)
      useEffect(() => {
        const made = makeClient()
        setClient(made)
        return () => void made.close()
      }, [])
      return (
        client && (
          <ChatProvider client={client}>
            <Chat />
          </ChatProvider>
        )
      )
    }
    const { getByRole } = render(<MadeInEffect />, { wrapper: StrictMode })
    await advance(1000)
    expect(getByRole('status').textContent).toBe('connected, ready')
    expect(network.handshakes).toHaveLength(1)
    expect(warn).not.toHaveBeenCalled()
  })

  it('causes no warning if the app closes it while the page is shown', async () => {
    const { client, advance } = setUpPage()
    const warn = warnings()
    render(<ChatProvider client={client} />, { wrapper: StrictMode })
    void client.close()
    await advance(100)
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('an argument that can not be used', () => {
  it('is named if it is the whole of the options', () => {
    const { wrapper } = setUpPage()
    const withoutOptions = useChat as unknown as () => unknown
    expect(() => renderHook(() => withoutOptions(), { wrapper })).toThrow(
      'unable to use the options of useChat; expected an object with a conversationId, got undefined',
    )
  })

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
