import { type ConversationSnapshot, translateError } from 'reconvene'
import { followEnd } from '../shared/follow-end.js'
import type { MessageActions } from '../shared/message-actions.js'
import { type MessageRow, messageRows } from '../shared/message-view.js'
import { button, h, setAttribute, setText } from './dom.js'
import type { LanguageChoice } from './language.js'
import { MessageElement } from './message-element.js'
import { errorNotice } from './notices.js'

export interface TranscriptOptions {
  readonly words: LanguageChoice
  readonly actions: MessageActions
  readonly onLoadOlder: () => Promise<unknown>
  readonly onSuggestion: (text: string) => void
}

/** The messages, one element each, kept by message id. */
export function transcript({ words, actions, onLoadOlder, onSuggestion }: TranscriptOptions) {
  const elements = new Map<string, MessageElement>()
  const list = h('div', { class: 'messages' })
  const older = button('', () => void loadOlder(), { class: 'older', hidden: true })
  const olderError = h('div', { hidden: true })
  const empty = h('section', { class: 'empty', hidden: true })
  const loading = h('p', { class: 'loading' })
  const content = h('div', { class: 'transcript-content' }, older, olderError, loading, empty, list)
  const scroller = h('div', { class: 'transcript', role: 'log' }, content)
  const jump = button('', () => follower.jump(), { class: 'jump', hidden: true })
  const follower = followEnd(scroller, content, (following) => {
    jump.hidden = following
  })
  let lastOwn: string | undefined

  async function loadOlder() {
    const first = list.querySelector<HTMLElement>('.message')
    if (first) follower.hold(first)
    older.disabled = true
    olderError.hidden = true
    setText(older, words.strings.loadingOlder)
    try {
      await onLoadOlder()
    } catch (error) {
      olderError.replaceChildren(errorNotice(translateError(error), words))
      olderError.hidden = false
    } finally {
      older.disabled = false
      setText(older, words.strings.loadOlder)
    }
  }

  function drawRows(rows: readonly MessageRow[]) {
    const ids = new Set(rows.map(({ message }) => message.id))
    for (const [id, { element }] of elements) {
      if (ids.has(id)) continue
      element.remove()
      elements.delete(id)
    }
    let place: Element | null = list.firstElementChild
    for (const row of rows) {
      const { id } = row.message
      let shown = elements.get(id)
      if (!shown) {
        shown = new MessageElement(words, actions)
        elements.set(id, shown)
      }
      shown.update(row)
      if (shown.element === place) place = place.nextElementSibling
      else list.insertBefore(shown.element, place)
    }
  }

  function translate() {
    const { strings } = words
    setAttribute(scroller, 'aria-label', strings.conversation)
    setText(older, strings.loadOlder)
    setText(loading, strings.loading)
    setText(jump, strings.jumpToLatest)
    empty.replaceChildren(
      h('h2', {}, strings.emptyTitle),
      h('p', {}, strings.emptyText),
      h(
        'ul',
        {},
        ...strings.suggestions.map((text) =>
          h(
            'li',
            {},
            button(text, () => onSuggestion(text)),
          ),
        ),
      ),
    )
  }
  translate()
  words.subscribe(translate)

  return {
    element: h('div', { class: 'transcript-frame' }, scroller, jump),
    update({ messages, hasOlder, isLoading }: ConversationSnapshot, undelivered: ReadonlySet<string>) {
      older.hidden = !hasOlder
      loading.hidden = messages.length > 0 || !isLoading
      empty.hidden = messages.length > 0 || isLoading
      drawRows(messageRows(messages, undelivered))
      // A person who writes wants to see their message.
      const own = messages.findLast((message) => message.role === 'user')?.id
      if (own !== undefined && own !== lastOwn) follower.jump()
      lastOwn = own
    },
  }
}
