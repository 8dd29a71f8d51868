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

function messageElement() {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args])
  const words = new LanguageChoice('en')
  const shown = new MessageElement(words, {
    edit: note('edit'),
    regenerate: note('regenerate'),
    respondToApproval: note('respondToApproval'),
    answerTool: note('answerTool'),
    retry: note('retry'),
    retryNow: note('retryNow'),
    cancel: note('cancel'),
    discard: note('discard'),
  })
  document.body.replaceChildren(shown.element)
  const update = (message: ChatMessage, showNotices = true, undelivered = false) =>
    shown.update({ message, showNotices, undelivered })
  return { update, element: shown.element, calls, words }
}

describe('a message on the page without a framework', () => {
  it('keeps what the reader opened while the answer streams on', () => {
    const { update, element } = messageElement()
    update(answer)
    const details = element.querySelector('details')
    details?.setAttribute('open', '')
    update({ ...answer, parts: [...answer.parts, { type: 'text', text: '**Yes**' }] })
    expect(element.querySelector('details')).toBe(details)
    expect(details?.hasAttribute('open')).toBe(true)
    expect(element.querySelector('.markdown')?.innerHTML.trim()).toBe('<p><strong>Yes</strong></p>')
  })

  it('says so once its end is left out, while the answer streams on', () => {
    const { update, element } = messageElement()
    update(answer)
    expect(element.textContent).not.toContain('too long')
    update({ ...answer, isCut: true })
    expect(element.textContent).toContain(
      'This message is too long for this page. Only its beginning is shown.',
    )
  })

  it('is not touched while the message is the same', () => {
    const { update, element } = messageElement()
    update(answer)
    const before = [...element.querySelectorAll('*')]
    update(answer)
    const after = [...element.querySelectorAll('*')]
    expect(after.map((node, place) => node === before[place])).toEqual(before.map(() => true))
  })

  it('while it is edited has the buttons of the form only, and is not saved empty', () => {
    const { update, element } = messageElement()
    update({ ...answer, role: 'user', status: 'sent', parts: [{ type: 'text', text: 'Hello' }] })
    getByRole(element, 'button', { name: 'Edit' }).click()
    expect(queryByRole(element, 'button', { name: 'Edit' })).toBeNull()
    const box = getByRole<HTMLTextAreaElement>(element, 'textbox')
    box.value = ' '
    box.dispatchEvent(new Event('input'))
    expect(getByRole<HTMLButtonElement>(element, 'button', { name: 'Save and send' }).disabled).toBe(true)
    getByRole(element, 'button', { name: 'Cancel' }).click()
    expect(queryByRole(element, 'textbox')).toBeNull()
    getByRole(element, 'button', { name: 'Edit' })
  })

  it('keeps what one began to answer a tool when the language changes', () => {
    const { update, element, words } = messageElement()
    const asking: ChatMessage = {
      ...answer,
      status: 'complete',
      parts: [{ type: 'tool', toolCallId: 'c1', name: 'get_location', state: 'input' }],
    }
    update(asking)
    getByRole<HTMLInputElement>(element, 'textbox').value = 'Lisb'
    words.choose('zh-CN')
    update(asking)
    expect(getByRole<HTMLInputElement>(element, 'textbox', { name: '给工具的回答' }).value).toBe('Lisb')
  })

  it('is emptied when the answer starts again', () => {
    const { update, element } = messageElement()
    update(answer)
    update({ ...answer, parts: [] })
    expect(element.querySelector('.bubble')?.textContent).toBe('Thinking')
  })

  it('that failed says why in the language of the page', () => {
    const { update, element, words, calls } = messageElement()
    const error = new AppError({ message: 'x', code: 'network', correlationId: 'ref-42' })
    const failed: ChatMessage = { ...answer, role: 'user', status: 'failed', error }
    update(failed, true)
    expect(getByRole(element, 'alert').textContent).toContain('The connection failed.')
    expect(getByRole(element, 'alert').textContent).toContain('ref-42')
    words.choose('zh-CN')
    update(failed, true)
    expect(getByRole(element, 'alert').textContent).toContain('网络连接失败，请检查网络')
    getByRole(element, 'button', { name: '重试' }).click()
    expect(calls).toEqual([['retry', 't1']])
  })

  it('can be taken off the screen only where the server never had it', () => {
    const failed: ChatMessage = { ...answer, role: 'user', status: 'failed' }
    const { update, element, calls } = messageElement()
    update(failed, true)
    expect(queryByRole(element, 'button', { name: 'Remove' })).toBeNull()
    update(failed, true, true)
    getByRole(element, 'button', { name: 'Remove' }).click()
    expect(calls).toEqual([['discard', 't1']])
  })
})
