// @vitest-environment jsdom
import { getByRole, queryByRole } from '@testing-library/dom'
import type { ChatMessage } from 'reconvene'
import { describe, expect, it } from 'vitest'
import { LanguageChoice } from '../../examples/vanilla-chat/language.js'
import { MessageElement } from '../../examples/vanilla-chat/message-element.js'
import { AppError } from '../../src/errors/app-error.js'

const answer: ChatMessage = {
  id: 'm2',
  role: 'assistant',
  parts: [{ type: 'reasoning', text: 'Hm' }],
  createdAt: '2026-01-01T00:00:00.000Z',
  taskId: 't1',
  status: 'streaming',
}

function messageElement(undelivered: string[] = []) {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args])
  const words = new LanguageChoice('en')
  const shown = new MessageElement(
    words,
    {
      edit: note('edit'),
      regenerate: note('regenerate'),
      respondToApproval: note('respondToApproval'),
      answerTool: note('answerTool'),
      retry: note('retry'),
      retryNow: note('retryNow'),
      cancel: note('cancel'),
      discard: note('discard'),
    },
    new Set(undelivered),
  )
  document.body.replaceChildren(shown.element)
  return { shown, element: shown.element, calls, words }
}

describe('a message on the page without a framework', () => {
  it('keeps what the reader opened while the answer streams on', () => {
    const { shown, element } = messageElement()
    shown.update(answer, false)
    const details = element.querySelector('details')
    details?.setAttribute('open', '')
    shown.update({ ...answer, parts: [...answer.parts, { type: 'text', text: '**Yes**' }] }, false)
    expect(element.querySelector('details')).toBe(details)
    expect(details?.hasAttribute('open')).toBe(true)
    expect(element.querySelector('.markdown')?.innerHTML.trim()).toBe('<p><strong>Yes</strong></p>')
  })

  it('is not touched while the message is the same', () => {
    const { shown, element } = messageElement()
    shown.update(answer, false)
    const before = [...element.querySelectorAll('*')]
    shown.update(answer, false)
    const after = [...element.querySelectorAll('*')]
    expect(after.map((node, place) => node === before[place])).toEqual(before.map(() => true))
  })

  it('is emptied when the answer starts again', () => {
    const { shown, element } = messageElement()
    shown.update(answer, false)
    shown.update({ ...answer, parts: [] }, false)
    expect(element.querySelector('.bubble')?.textContent).toBe('Thinking')
  })

  it('that failed says why in the language of the page', () => {
    const { shown, element, words, calls } = messageElement()
    const error = new AppError({ message: 'x', code: 'network', correlationId: 'ref-42' })
    const failed: ChatMessage = { ...answer, role: 'user', status: 'failed', error }
    shown.update(failed, true)
    expect(getByRole(element, 'alert').textContent).toContain('The connection failed.')
    expect(getByRole(element, 'alert').textContent).toContain('ref-42')
    words.choose('zh-CN')
    shown.update(failed, true)
    expect(getByRole(element, 'alert').textContent).toContain('网络连接失败，请检查网络')
    getByRole(element, 'button', { name: '重试' }).click()
    expect(calls).toEqual([['retry', 't1']])
  })

  it('can be taken off the screen only where the server never had it', () => {
    const failed: ChatMessage = { ...answer, role: 'user', status: 'failed' }
    const { shown, element } = messageElement()
    shown.update(failed, true)
    expect(queryByRole(element, 'button', { name: 'Remove' })).toBeNull()
    const own = messageElement(['t1'])
    own.shown.update(failed, true)
    getByRole(own.element, 'button', { name: 'Remove' }).click()
    expect(own.calls).toEqual([['discard', 't1']])
  })
})
