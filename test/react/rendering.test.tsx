// @vitest-environment jsdom
import { cleanup, render, renderHook } from '@testing-library/react'
import { memo } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { useChat, useChatActions, useConnection, useConversation, useMessage } from '../../src/react/index.js'
import { wordsOf } from '../support/word-responder.js'
import { frame, setUpPage } from './chat-page.js'

afterEach(cleanup)

// Outside of act() React renders by itself, as it does for a user; inside, all that happens would be one render.

describe('a page during a stream of 1,000 deltas', () => {
  it('renders at most once a frame, and shows every word', async () => {
    const { clock, network, wrapper } = setUpPage({ responder: { words: 1000, pace: 1 } })
    let deltas = 0
    network.push = (event) => {
      if (JSON.stringify(event).includes('"type":"delta"')) deltas++
      return [event]
    }
    let renders = 0
    const { result } = renderHook(
      () => {
        renders++
        return useChat({ conversationId: 'demo' })
      },
      { wrapper },
    )
    result.current.sendMessage('Hello')
    await clock.advance(100)
    expect(result.current.status).toBe('streaming')

    const [from, before] = [clock.now(), renders]
    while (result.current.status === 'streaming') await clock.advance(frame)
    const frames = (clock.now() - from) / frame
    expect(frames).toBeGreaterThan(50)
    expect(renders - before).toBeLessThanOrEqual(frames)
    expect(renders - before).toBeGreaterThan(frames / 2)
    expect(deltas).toBe(1000)
    const answer = result.current.messages[1]
    expect(answer && messageText(answer)).toBe(wordsOf(1, 1000))
  })
})

describe('a list whose rows each take their own message', () => {
  it('renders the row of the answer alone while it streams', async () => {
    const { clock, conversation, wrapper, advance } = setUpPage({ responder: { words: 20, pace: 20 } })
    const renders = new Map<string, number>()
    const count = (name: string) => renders.set(name, (renders.get(name) ?? 0) + 1)
    const Row = memo(function Row({ id }: { id: string }) {
      const message = useMessage('demo', id)
      count(message?.role === 'user' ? 'question' : 'answer')
      return <li>{message && messageText(message)}</li>
    })
    function List() {
      count('list')
      const ids = useConversation('demo', ({ messages }) => messages.map(({ id }) => id).join(' '))
      return ids
        .split(' ')
        .filter(Boolean)
        .map((id) => <Row key={id} id={id} />)
    }
    const { container } = render(<List />, { wrapper })
    conversation.sendMessage('Hello')
    await clock.advance(100)
    expect(container.querySelectorAll('li')).toHaveLength(2)
    renders.clear()
    await clock.advance(200)
    expect(renders.get('answer')).toBeGreaterThanOrEqual(9)
    expect([...renders.keys()]).toEqual(['answer'])
    await advance(1000)
    expect(container.textContent).toBe(`Hello${wordsOf(1, 20)}`)
  })

  it('shows the right message where others were put before it, and nothing for one that is gone', async () => {
    const { clock, conversation, makeClient, wrapper, advance } = setUpPage({ responder: { words: 1 } })
    const other = makeClient().conversation('demo')
    for (let n = 1; n <= 30; n++) other.sendMessage(`message ${n}`)
    await clock.advance(10_000)
    conversation.subscribe(() => {})
    await clock.advance(100)
    const [question] = conversation.getSnapshot().messages
    if (!question) throw new Error('unable to test; there is no message')
    expect(messageText(question)).toBe('message 6')

    const { result } = renderHook(() => useMessage('demo', question.id), { wrapper })
    expect(result.current).toBe(question)
    conversation.loadOlder()
    await clock.advance(100)
    expect(conversation.getSnapshot().messages).toHaveLength(60)
    expect(result.current).toBe(question)
    other.editMessage(question.id, 'changed')
    await advance(100)
    expect(result.current).toBeUndefined()
  })
})

describe('a component that needs only a part', () => {
  it('renders when that part changes, and never otherwise', async () => {
    // Slow enough for the question and the answer to come in different frames.
    const { clock, client, conversation, wrapper } = setUpPage({ server: { latency: 30 } })
    const renders = { actions: 0, connection: 0, count: 0, all: 0 }
    function Page() {
      return [<Actions key="1" />, <Connection key="2" />, <Count key="3" />, <All key="4" />]
    }
    function Actions() {
      renders.actions++
      useChatActions('demo')
      return null
    }
    function Connection() {
      renders.connection++
      return useConnection().status
    }
    function Count() {
      renders.count++
      return useConversation('demo', ({ messages }) => messages.length)
    }
    function All() {
      renders.all++
      useChat({ conversationId: 'demo' })
      return null
    }
    render(<Page />, { wrapper })
    await clock.advance(500)
    Object.assign(renders, { actions: 0, connection: 0, count: 0, all: 0 })

    conversation.sendMessage('Hello')
    await clock.advance(2000)
    // Two messages were added; the queue and the text changed often.
    expect(renders).toMatchObject({ actions: 0, connection: 0, count: 2 })
    expect(renders.all).toBeGreaterThan(5)

    client.disconnect()
    await clock.advance(100)
    expect(renders).toMatchObject({ actions: 0, connection: 1, count: 2 })
  })
})
