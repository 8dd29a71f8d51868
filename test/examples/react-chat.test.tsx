// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { type ComponentProps, type ReactNode, useState } from 'react'
import type { ChatMessage, ChatTask, AppError as Refusal } from 'reconvene'
import { afterEach, describe, expect, it } from 'vitest'
import { Composer } from '../../examples/react-chat/composer.js'
import { LanguageProvider, useLanguage } from '../../examples/react-chat/language.js'
import { Message } from '../../examples/react-chat/message.js'
import type { MessageActions } from '../../examples/shared/message-actions.js'
import { AppError } from '../../src/errors/app-error.js'

afterEach(cleanup)

const english = (children: ReactNode) => render(<LanguageProvider initial="en">{children}</LanguageProvider>)

function Box(props: Omit<ComponentProps<typeof Composer>, 'refusal' | 'onRefused'>) {
  const [refusal, setRefusal] = useState<Refusal>()
  return <Composer {...props} refusal={refusal} onRefused={setRefusal} />
}

const accepted: Pick<ChatTask, 'accepted'> = { accepted: Promise.resolve() }

function refusedWith(code: string): Pick<ChatTask, 'accepted'> {
  const promise = Promise.reject<void>(new AppError({ message: 'x', code }))
  promise.catch(() => {})
  return { accepted: promise }
}

describe('the message box', () => {
  it('sends on Enter and empties, and adds a line on Shift+Enter', async () => {
    const sent: string[] = []
    const send = (text: string) => {
      sent.push(text)
      return accepted
    }
    english(<Box busy={false} onSend={send} onStop={() => {}} />)
    const box = screen.getByRole('textbox', { name: 'Message' })
    await userEvent.type(box, 'one{Shift>}{Enter}{/Shift}two{Enter}')
    expect(sent).toEqual(['one\ntwo'])
    expect(box).toHaveProperty('value', '')
  })

  it('does not send while an input method composes', () => {
    const sent: string[] = []
    const send = (text: string) => {
      sent.push(text)
      return accepted
    }
    english(<Box busy={false} onSend={send} onStop={() => {}} />)
    const box = screen.getByRole('textbox', { name: 'Message' })
    fireEvent.change(box, { target: { value: '你好' } })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229, isComposing: true })
    expect(sent).toEqual([])
    expect(box).toHaveProperty('value', '你好')
  })

  it('gets the draft back where the queue is full, and says why', async () => {
    english(<Box busy={false} onSend={() => refusedWith('queue_full')} onStop={() => {}} />)
    const box = screen.getByRole('textbox', { name: 'Message' })
    await userEvent.type(box, 'keep me{Enter}')
    await waitFor(() => expect(box).toHaveProperty('value', 'keep me'))
    expect(screen.getByRole('alert').textContent).toContain('Too many messages are waiting')
  })

  it('offers to stop only while something is under way', () => {
    const { rerender } = english(<Box busy onSend={() => accepted} onStop={() => {}} />)
    expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy()
    rerender(
      <LanguageProvider initial="en">
        <Box busy={false} onSend={() => accepted} onStop={() => {}} />
      </LanguageProvider>,
    )
    expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull()
  })
})

const own: ChatMessage = {
  id: 'm1',
  role: 'user',
  parts: [{ type: 'text', text: 'Hello' }],
  createdAt: '2026-01-01T00:00:00.000Z',
  taskId: 't1',
  status: 'sent',
}

function noted() {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args])
  const actions: MessageActions = {
    edit: note('edit'),
    regenerate: note('regenerate'),
    respondToApproval: note('respondToApproval'),
    answerTool: note('answerTool'),
    retry: note('retry'),
    retryNow: note('retryNow'),
    cancel: note('cancel'),
    discard: note('discard'),
  }
  return { actions, calls }
}

const show = (message: ChatMessage, actions = noted().actions) => (
  <Message message={message} showNotices undelivered={false} actions={actions} />
)

function ChineseButton() {
  const { setLanguage } = useLanguage()
  return (
    <button type="button" onClick={() => setLanguage('zh-CN')}>
      中文
    </button>
  )
}

describe('a message on the React page', () => {
  const failed: ChatMessage = {
    ...own,
    status: 'failed',
    error: new AppError({ message: 'KeyError: secret', code: 'initializing', correlationId: 'ref-42' }),
  }

  it('that failed says why, with the reference, and offers to retry', async () => {
    const { actions, calls } = noted()
    english(show(failed, actions))
    const alert = screen.getByRole('alert').textContent
    expect(alert).toContain('The system is starting. Please try again in a moment.')
    expect(alert).toContain('ref-42')
    expect(alert).not.toContain('secret')
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }))
    expect(calls).toEqual([['retry', 't1']])
  })

  it('that was cut says so', () => {
    const { rerender } = english(show({ ...own, role: 'assistant', status: 'streaming' }))
    expect(screen.queryByText(/too long for this page/)).toBeNull()
    rerender(
      <LanguageProvider initial="en">
        {show({ ...own, role: 'assistant', status: 'streaming', isCut: true })}
      </LanguageProvider>,
    )
    expect(
      screen.getByText('This message is too long for this page. Only its beginning is shown.'),
    ).toBeTruthy()
  })

  it('changes the language of its error with the page', async () => {
    english(
      <>
        {show(failed)}
        <ChineseButton />
      </>,
    )
    await userEvent.click(screen.getByRole('button', { name: '中文' }))
    expect(screen.getByRole('alert').textContent).toContain('系统正在初始化，请稍后重试')
    expect(screen.getByRole('button', { name: '重试' })).toBeTruthy()
  })

  it('that waits can be hurried or cancelled, and its countdown is not read out', async () => {
    const { actions, calls } = noted()
    const error = new AppError({ message: 'x', code: 'rate_limited' })
    const retryState = { taskId: 't1', attempt: 2, maxAttempts: 3, nextRetryAt: Date.now() + 60_000, error }
    english(show({ ...own, status: 'retrying', retryState }, actions))
    const countdown = screen.getByText(/^in (\d+ s|1 min)$/)
    expect(countdown.getAttribute('aria-hidden')).toBe('true')
    expect(screen.getByText(/Attempt 2 of 3/)).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Retry now' }))
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    expect(calls).toEqual([
      ['retryNow', 't1'],
      ['cancel', 't1'],
    ])
  })

  it('is edited in its place', async () => {
    const { actions, calls } = noted()
    english(show(own, actions))
    await userEvent.click(screen.getByRole('button', { name: 'Edit' }))
    const box = screen.getByRole('textbox', { name: 'Edit message' })
    expect(document.activeElement).toBe(box)
    await userEvent.type(box, ' again{Enter}')
    expect(calls).toEqual([['edit', own, 'Hello again']])
  })

  it('asks for approval of a tool call', async () => {
    const { actions, calls } = noted()
    const tool = { type: 'tool', toolCallId: 'c1', name: 'send_email', state: 'approval' } as const
    english(show({ ...own, role: 'assistant', status: 'complete', parts: [tool] }, actions))
    expect(screen.getByRole('region', { name: 'send_email' }).textContent).toContain('Needs your approval')
    await userEvent.click(screen.getByRole('button', { name: 'Decline' }))
    expect(calls).toEqual([['respondToApproval', 'c1', false]])
  })

  it('leaves out what it does not know', () => {
    const parts = [{ type: 'hologram', url: 'x' }, ...own.parts] as ChatMessage['parts']
    const { container } = english(show({ ...own, parts }))
    expect(container.querySelector('.bubble')?.textContent).toBe('Hello')
  })
})
