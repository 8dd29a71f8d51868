// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { ChatProvider, useChat, useChatActions, useConversation, useMessage } from '../../src/react/index.js'
import { outcome } from '../support/set-up.js'
import { wordsOf } from '../support/word-responder.js'
import { Chat, linesOf, setUpPage } from './chat-page.js'

afterEach(cleanup)

const answered = (conversationId: string, run: number) => [
  `user: Hello from ${conversationId} (sent)`,
  `assistant: ${wordsOf(run).trim()} (complete)`,
]

describe('switching to another conversation during a stream', () => {
  it('shows each its own, at once and afterwards, over the same connection', async () => {
    const { network, advance, strictWrapper } = setUpPage()
    const { container, rerender } = render(<Chat conversationId="a" />, { wrapper: strictWrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    expect(linesOf(container)[1]).toMatch(/^assistant: r1w1 .*\(streaming\)$/)

    rerender(<Chat conversationId="b" />)
    expect(linesOf(container)).toEqual([])
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    expect(linesOf(container)[1]).toMatch(/^assistant: r2w1 .*\(streaming\)$/)

    rerender(<Chat conversationId="a" />)
    expect(linesOf(container)[1]).toMatch(/^assistant: r1w1 /)
    await advance(1000)
    expect(linesOf(container)).toEqual(answered('a', 1))
    rerender(<Chat conversationId="b" />)
    expect(linesOf(container)).toEqual(answered('b', 2))
    expect(network.handshakes).toHaveLength(1)
    expect(network.sent('chat:join').map(({ payload }) => payload.conversation_id)).toEqual(['a', 'b'])
  })

  it('never renders one conversation under the name of another', async () => {
    const { advance, wrapper } = setUpPage()
    const rendered: { asked: string; ids: string[]; counts: number[] }[] = []
    function Watched({ conversationId }: { conversationId: string }) {
      const chat = useChat({ conversationId })
      const [id, count] = [
        useConversation(conversationId, (snapshot) => snapshot.id),
        useConversation(conversationId, ({ messages }) => messages.length),
      ]
      rendered.push({ asked: conversationId, ids: [chat.id, id], counts: [chat.messages.length, count] })
      return <Chat conversationId={conversationId} />
    }
    const { rerender } = render(<Watched conversationId="a" />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    rerender(<Watched conversationId="b" />)
    await advance(1000)
    rerender(<Watched conversationId="a" />)
    for (const { asked, ids, counts } of rendered) {
      expect(ids).toEqual([asked, asked])
      expect(counts[0]).toBe(counts[1])
    }
    const most = (id: string) =>
      Math.max(...rendered.filter(({ asked }) => asked === id).flatMap(({ counts }) => counts))
    expect([most('a'), most('b')]).toEqual([2, 0])
  })

  it('sends what is written next to the conversation that is shown', async () => {
    const { advance, wrapper, responder } = setUpPage({ responder: { words: 1 } })
    const { result, rerender } = renderHook(({ id }) => useChatActions(id), {
      wrapper,
      initialProps: { id: 'a' },
    })
    const toA = result.current
    rerender({ id: 'b' })
    expect(result.current.sendMessage).not.toBe(toA.sendMessage)
    const task = result.current.sendMessage('to b')
    await advance(1000)
    expect(messageText(await task.finished)).toBe('r1w1 ')
    expect(responder.asked).toEqual(['to b'])
    rerender({ id: 'a' })
    const inA = renderHook(() => useChat({ conversationId: 'a' }), { wrapper })
    await advance(1000)
    expect(inA.result.current.messages).toEqual([])
  })

  it('leaves the one that is shown no more after gcTime', async () => {
    const { network, advance, wrapper } = setUpPage()
    const { rerender } = render(<Chat conversationId="a" />, { wrapper })
    await advance(100)
    rerender(<Chat conversationId="b" />)
    await advance(300_100)
    expect(network.sent('chat:leave').map(({ payload }) => payload.conversation_id)).toEqual(['a'])
  })
})

describe('another client at the provider', () => {
  it('moves the page to that one, and leaves the first as it is', async () => {
    const { network, advance, makeClient } = setUpPage()
    const [first, second] = [makeClient(), makeClient()]
    const page = (client: typeof first) => (
      <ChatProvider client={client}>
        <Chat />
      </ChatProvider>
    )
    const { container, rerender } = render(page(first))
    fireEvent.click(screen.getByText('Send'))
    await advance(70)
    rerender(page(second))
    expect(linesOf(container)).toEqual([])
    expect(screen.getByRole('status').textContent).toBe('connecting, ready')
    await advance(1000)
    // It is the same user's conversation on the server, so the second client reads what the first one sent.
    expect(linesOf(container)).toEqual(answered('demo', 1))
    expect(network.handshakes).toHaveLength(2)
    expect(first.getSnapshot().connection.status).toBe('connected')

    await first.close()
    fireEvent.click(screen.getByText('Send'))
    await advance(1000)
    expect(linesOf(container)).toEqual([...answered('demo', 1), ...answered('demo', 2)])
  })

  it('is not needed where a hook is given its own', async () => {
    const { advance, makeClient, wrapper, client } = setUpPage()
    const own = makeClient()
    const { result } = renderHook(() => useChat({ conversationId: 'demo', client: own }), { wrapper })
    await advance(1000)
    expect(result.current.connection.status).toBe('connected')
    expect(client.getSnapshot().connection.status).toBe('idle')
  })
})

describe('signing out', () => {
  it('takes the conversation off every part of the page, and lets the next person write', async () => {
    const { client, advance, wrapper, responder } = setUpPage({ responder: { words: 1 } })
    const { result } = renderHook(
      () => {
        const count = useConversation('demo', ({ messages }) => messages.length)
        const first = useConversation('demo', ({ messages }) => messages[0]?.id ?? 'none')
        return { count, shown: useMessage('demo', first), actions: useChatActions('demo') }
      },
      { wrapper },
    )
    const { actions } = result.current
    actions.sendMessage('private')
    await advance(1000)
    expect(result.current.count).toBe(2)
    expect(result.current.shown).toBeDefined()

    await act(() => client.signOut())
    expect(result.current.count).toBe(0)
    expect(result.current.shown).toBeUndefined()
    expect(result.current.actions).toBe(actions)

    await act(async () => client.connect())
    const task = actions.sendMessage('as somebody else')
    await advance(1000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(responder.asked).toEqual(['private', 'as somebody else'])
  })
})

describe('a client that is closed while its page is shown', () => {
  it('leaves a page that says so and refuses what is written', async () => {
    const { client, advance, wrapper } = setUpPage()
    const { result } = renderHook(() => useChat({ conversationId: 'demo' }), { wrapper })
    await advance(1000)
    await act(() => client.close())
    expect(result.current.connection).toEqual({ status: 'closed' })
    const task = result.current.sendMessage('too late')
    await advance(1000)
    expect(await outcome(task.accepted)).toBe('closed')
    expect(await outcome(task.finished)).toBe('closed')
  })
})
