// @vitest-environment jsdom
import { cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { useChat, useChatActions } from '../../src/react/index.js'
import { outcome } from '../support/set-up.js'
import { wordsOf } from '../support/word-responder.js'
import { Chat, frame, line, linesOf, setUpPage } from './chat-page.js'

afterEach(cleanup)

const broken = Object.assign(new Error('secret of the server'), { code: 'ECONNRESET' })
const useDemo = () => useChat({ conversationId: 'demo' })

describe('a page', () => {
  it('shows a message with the next frame, before the server knows of it, and then its streamed answer', async () => {
    const { network, advance, wrapper } = setUpPage()
    network.reachable = false
    const { container } = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(frame)
    expect(linesOf(container)).toEqual(['user: Hello from demo (queued)'])
    expect(network.sent('chat:send')).toHaveLength(0)

    network.reachable = true
    await advance(20_000)
    expect(linesOf(container)).toEqual([
      'user: Hello from demo (sent)',
      `assistant: ${wordsOf(1).trim()} (complete)`,
    ])
    expect(screen.getByRole('status').textContent).toBe('connected, ready')
  })

  it('shows an answer grow while it streams', async () => {
    const { advance, wrapper } = setUpPage({ responder: { words: 3, pace: 100 } })
    const { container } = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    const shown: unknown[] = []
    await advance(60)
    for (let word = 1; word <= 4; word++) {
      await advance(100)
      shown.push(linesOf(container)[1])
    }
    expect(shown).toEqual([
      'assistant: r1w1 (streaming)',
      'assistant: r1w1 r1w2 (streaming)',
      'assistant: r1w1 r1w2 r1w3 (complete)',
      'assistant: r1w1 r1w2 r1w3 (complete)',
    ])
  })

  it('follows the connection from the first render to a lost network and back', async () => {
    const { network, advance, wrapper } = setUpPage()
    render(<Chat />, { wrapper })
    const status = screen.getByRole('status')
    expect(status.textContent).toBe('connecting, ready')
    await advance(100)
    expect(status.textContent).toBe('connected, ready')
    network.reachable = false
    network.cut()
    await advance(20)
    expect(status.textContent).toBe('waiting, ready')
    network.reachable = true
    await advance(20_000)
    expect(status.textContent).toBe('connected, ready')
  })
})

describe('a failed attempt', () => {
  it('is counted as the first retry, with the data for a countdown, until it is made', async () => {
    const { clock, advance, wrapper } = setUpPage({
      responder: { fail: (run) => (run === 1 ? broken : undefined) },
      client: { retry: { jitter: 'none' } },
    })
    const { result } = renderHook(useDemo, { wrapper })
    expect(result.current.retryAttempt).toBe(0)
    const task = result.current.sendMessage('Hello')
    await advance(200)
    expect(result.current.retryAttempt).toBe(1)
    expect(result.current.retryState).toMatchObject({ taskId: task.id, attempt: 2, maxAttempts: 3 })
    expect(result.current.retryState?.nextRetryAt).toBeGreaterThan(clock.now())
    expect(result.current.status).toBe('submitted')
    await advance(5000)
    expect(result.current.retryAttempt).toBe(0)
    expect(result.current.retryState).toBeNull()
    expect(result.current.messages.map(line)).toEqual([
      'user: Hello (sent)',
      `assistant: ${wordsOf(2).trim()} (complete)`,
    ])
  })

  it('counts the second retry as 2', async () => {
    const { advance, wrapper } = setUpPage({
      responder: { fail: (run) => (run <= 2 ? broken : undefined) },
      client: { retry: { jitter: 'none' } },
    })
    const { result } = renderHook(useDemo, { wrapper })
    result.current.sendMessage('Hello')
    await advance(1500)
    expect(result.current.retryAttempt).toBe(2)
  })

  it('ends in a friendly text in the language of the page, and nothing of the exception', async () => {
    const { advance, wrapper } = setUpPage({
      responder: { fail: () => broken },
      client: { locale: 'zh-CN' },
    })
    const { container } = render(<Chat />, { wrapper })
    fireEvent.click(screen.getByText('Send'))
    await advance(60_000)
    expect(screen.getByRole('alert').textContent).toBe('网络连接失败，请检查网络')
    expect(screen.getByRole('status').textContent).toBe('connected, error')
    expect(container.textContent).not.toContain('secret')
  })
})

describe('the actions', () => {
  it('stay the same objects while everything else changes', async () => {
    const { advance, wrapper } = setUpPage()
    const { result } = renderHook(useDemo, { wrapper })
    const first = result.current
    first.sendMessage('Hello')
    await advance(1000)
    const last = result.current
    expect(last.messages).toHaveLength(2)
    expect(last.sendMessage).toBe(first.sendMessage)
    expect(last.stop).toBe(first.stop)
    expect(last.loadOlder).toBe(first.loadOlder)
  })

  it('work without `this`, each as the method of the conversation does', async () => {
    const { responder, advance, wrapper } = setUpPage({ responder: { words: 5, pace: 100 } })
    const { result } = renderHook(useDemo, { wrapper })
    const { sendMessage, stop, regenerate, editMessage, clearError, discard, retryNow } = result.current
    const lines = () => result.current.messages.map(line)

    sendMessage('Hello')
    await advance(300)
    stop()
    await advance(100)
    expect(lines()).toEqual(['user: Hello (sent)', 'assistant: r1w1 r1w2 (stopped)'])
    regenerate()
    await advance(1000)
    expect(lines()).toEqual(['user: Hello (sent)', `assistant: ${wordsOf(2, 5).trim()} (complete)`])
    editMessage(result.current.messages[0]?.id ?? '', 'Goodbye')
    await advance(1000)
    expect(lines()).toEqual(['user: Goodbye (sent)', `assistant: ${wordsOf(3, 5).trim()} (complete)`])
    expect(responder.asked).toEqual(['Hello', 'Hello', 'Goodbye'])
    expect(retryNow()).toBe(false)
    expect(discard('none')).toBe(false)
    clearError()
  })

  it('let a person retry what has failed, or take the error away', async () => {
    const { advance, wrapper } = setUpPage({ responder: { fail: (run) => (run <= 3 ? broken : undefined) } })
    const { result } = renderHook(useDemo, { wrapper })
    result.current.sendMessage('Hello')
    await advance(60_000)
    expect(result.current.error?.code).toBe('network')
    result.current.clearError()
    await advance(frame)
    expect(result.current.error).toBeNull()
    result.current.retry()
    await advance(5000)
    expect(result.current.messages.map(line)[1]).toBe(`assistant: ${wordsOf(4).trim()} (complete)`)
  })

  it('answer tool calls, with what was given', async () => {
    const { network, advance, wrapper } = setUpPage()
    const { result } = renderHook(useDemo, { wrapper })
    const ran = result.current.addToolOutput({ toolCallId: 'call-1', output: { sum: 3 } })
    const allowed = result.current.respondToApproval({ toolCallId: 'call-2', approved: false })
    await advance(1000)
    // Nobody asked for these; that the server says so shows that they arrived.
    expect(await outcome(ran.accepted)).toBe('unknown_message')
    expect(await outcome(allowed.accepted)).toBe('unknown_message')
    expect(network.sent('chat:send').map(({ payload }) => payload.input)).toEqual([
      { kind: 'tool', tool_call_id: 'call-1', output: { sum: 3 } },
      { kind: 'tool', tool_call_id: 'call-2', approved: false },
    ])
  })

  it('fetch older messages', async () => {
    const { advance, wrapper, makeClient } = setUpPage({ responder: { words: 1 } })
    const other = makeClient()
    for (let n = 1; n <= 30; n++) other.conversation('demo').sendMessage(`message ${n}`)
    await advance(10_000)
    const { result } = renderHook(useDemo, { wrapper })
    await advance(100)
    expect(result.current.messages).toHaveLength(50)
    expect(result.current.hasOlder).toBe(true)
    const loaded = result.current.loadOlder()
    await advance(100)
    await loaded
    expect(result.current.messages).toHaveLength(60)
    expect(result.current.hasOlder).toBe(false)
  })

  it('can be had alone, and connect when one is called', async () => {
    const { network, advance, wrapper } = setUpPage({ responder: { words: 1 } })
    const { result } = renderHook(() => useChatActions('demo'), { wrapper })
    await advance(1000)
    expect(network.handshakes).toHaveLength(0)
    const task = result.current.sendMessage('Hello')
    await advance(1000)
    expect((await task.finished).status).toBe('complete')
  })
})
