import { describe, expect, it } from 'vitest'
import {
  bannerError,
  bannerRetry,
  formatValue,
  messageRows,
  safeFileUrl,
  viewMessage,
} from '../../examples/shared/message-view.js'
import { AppError } from '../../src/errors/app-error.js'
import type { ChatMessage } from '../../src/message/message.js'

const own: ChatMessage = {
  id: 'm1',
  role: 'user',
  parts: [{ type: 'text', text: 'Hello' }],
  createdAt: '2026-01-01T00:00:00.000Z',
  taskId: 't1',
  status: 'sent',
}
const answer: ChatMessage = { ...own, id: 'm2', role: 'assistant', status: 'complete' }
const failure = new AppError({ message: 'x', category: 'temporary', action: 'retry' })

describe('what a page shows of a message', () => {
  it('leaves out parts of a type that it does not know, and texts that are still empty', () => {
    const empty = [
      { type: 'text', text: '' },
      { type: 'reasoning', text: '' },
    ]
    const parts = [{ type: 'hologram' }, ...empty, { type: 'text', text: 'a' }]
    const view = viewMessage({ ...answer, parts: parts as ChatMessage['parts'] }, false)
    expect(view.parts).toEqual([{ key: '3 text', part: { type: 'text', text: 'a' } }])
  })

  it('says that the assistant thinks until the first part comes', () => {
    expect(viewMessage({ ...answer, status: 'streaming', parts: [] }, false).thinking).toBe(true)
    expect(viewMessage({ ...answer, status: 'streaming' }, false).thinking).toBe(false)
    expect(viewMessage({ ...answer, status: 'stopped', parts: [] }, false).thinking).toBe(false)
  })

  it.each([
    ['streaming', true],
    ['stopping', true],
    ['complete', false],
    ['stopped', false],
    ['failed', false],
  ] as const)('lets a screen reader wait while it is %s: %s', (status, busy) => {
    expect(viewMessage({ ...answer, status }, false).busy).toBe(busy)
  })
})

describe('what a person can do with a message', () => {
  it.each([
    ['sent', ['edit']],
    ['queued', []],
    ['sending', []],
    ['retrying', []],
    ['failed', ['retry']],
  ] as const)('of their own that is %s: %j', (status, actions) => {
    expect(viewMessage({ ...own, status }, false).actions).toEqual(actions)
  })

  it.each([
    ['complete', ['regenerate']],
    ['stopped', ['regenerate']],
    ['failed', ['regenerate']],
    ['streaming', []],
    ['stopping', []],
  ] as const)('of the assistant that is %s: %j', (status, actions) => {
    expect(viewMessage({ ...answer, status }, false).actions).toEqual(actions)
  })

  it('is to write it anew where its words were refused', () => {
    const error = new AppError({ message: 'x', category: 'validation', action: 'edit' })
    expect(viewMessage({ ...own, status: 'failed', error }, false).actions).toEqual(['edit'])
  })
})

describe('a failed message that the server never had', () => {
  it('can be taken off the screen', () => {
    expect(viewMessage({ ...own, status: 'failed' }, true).actions).toEqual(['retry', 'discard'])
  })
})

describe('an error on the screen', () => {
  const failedOwn: ChatMessage = { ...own, status: 'failed', error: failure }
  const failedAnswer: ChatMessage = { ...answer, status: 'failed', error: failure }

  const shown = (...messages: ChatMessage[]) =>
    messageRows(messages, new Set()).map(({ message, showNotices }) => [message.id, showNotices])

  it('stands once, with the message that can be retried', () => {
    expect(shown(failedOwn, failedAnswer)).toEqual([
      ['m1', true],
      ['m2', false],
    ])
  })

  it('stands with the answer where the task has no message of a person', () => {
    expect(shown(own, { ...failedAnswer, taskId: 't2' })).toContainEqual(['m2', true])
  })

  it('stands once while an answer that was cut off waits for its retry', () => {
    const retryState = { taskId: 't1', attempt: 2, maxAttempts: 3, nextRetryAt: 5, error: failure }
    const waiting = { ...own, status: 'retrying' as const, retryState }
    expect(shown(waiting, { ...answer, status: 'streaming', retryState })).toEqual([
      ['m1', true],
      ['m2', false],
    ])
  })

  it('takes the place of an answer that failed before its first word', () => {
    expect(shown(failedOwn, { ...failedAnswer, parts: [] })).toEqual([['m1', true]])
    expect(shown(own, { ...failedAnswer, taskId: 't2', parts: [] })).toHaveLength(2)
  })

  it('is a banner only where no message shows it', () => {
    expect(bannerError(failure, [failedOwn])).toBeUndefined()
    expect(bannerError(failure, [own])).toBe(failure)
    expect(bannerError(undefined, [own])).toBeUndefined()
  })

  it('is no banner if the message box shows it, and one if an edit was refused', () => {
    const refused = new AppError({ message: 'x', details: { draft: 'hi' } })
    expect(bannerError(refused, [own], refused)).toBeUndefined()
    expect(bannerError(refused, [own])).toBe(refused)
    expect(bannerError(refused, [own], failure)).toBe(refused)
  })

  it('is recognised in a message that has it translated anew', () => {
    const again = new AppError({ message: 'y', category: 'temporary' })
    const other = new AppError({ message: 'y', category: 'temporary', correlationId: 'c2' })
    expect(bannerError(again, [failedOwn])).toBeUndefined()
    expect(bannerError(other, [failedOwn])).toBe(other)
  })
})

describe('a wait for the next attempt', () => {
  const retryState = { taskId: 't1', attempt: 2, maxAttempts: 3, nextRetryAt: 5000, error: failure }

  it('is a banner only where no message shows it', () => {
    expect(bannerRetry(retryState, [own])).toBe(retryState)
    expect(bannerRetry(retryState, [{ ...own, retryState }])).toBeUndefined()
    expect(bannerRetry(null, [own])).toBeUndefined()
  })
})

describe("a tool's values", () => {
  it('are shown as text', () => {
    expect(formatValue('plain')).toBe('plain')
    expect(formatValue({ city: 'Lisbon' })).toBe('{\n  "city": "Lisbon"\n}')
    expect(formatValue(undefined)).toBe('')
  })
})

describe('the link of a file', () => {
  it.each([
    ['https://example.org/a.pdf', 'https://example.org/a.pdf'],
    ['/files/a.pdf', 'http://localhost/files/a.pdf'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,hi', undefined],
    ['http://', undefined],
  ])('%s leads to %s', (url, expected) => {
    expect(safeFileUrl(url, 'http://localhost/page/')).toBe(expected)
  })
})
