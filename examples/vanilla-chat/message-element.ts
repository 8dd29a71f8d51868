import { type ChatMessage, messageText } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { type MessageAction, type MessageRow, type MessageView, viewMessage } from '../shared/message-view.js'
import { formatTime } from '../shared/time.js'
import { visibleText } from '../shared/visible-text.js'
import { button, h, setAttribute, setText } from './dom.js'
import { editForm } from './edit-form.js'
import type { LanguageChoice } from './language.js'
import { type PartElement, partElement } from './message-part.js'
import { errorNotice, retryNotice } from './notices.js'

/** One message on the screen. It is made once and updated, so what the reader opened, selected or focused stays. */
export class MessageElement {
  readonly element = h('article', { class: 'message' })
  readonly #name = h('h3', { class: 'visually-hidden' })
  readonly #bubble = h('div', { class: 'bubble' })
  readonly #thinking = h('p', { class: 'thinking' })
  readonly #notices = h('div', { class: 'message-notices' })
  readonly #footer = h('footer', { class: 'message-footer' })
  readonly #parts = new Map<string, PartElement>()
  readonly #words: LanguageChoice
  readonly #actions: MessageActions
  #shown: (MessageRow & { language: string }) | undefined
  #editing = false

  constructor(words: LanguageChoice, actions: MessageActions) {
    this.#words = words
    this.#actions = actions
    this.element.append(this.#name, this.#bubble, this.#notices, this.#footer)
  }

  update(row: MessageRow) {
    const { message, showNotices, undelivered } = row
    const before = this.#shown
    const { language } = this.#words
    const sameSurroundings =
      before?.language === language &&
      before.showNotices === showNotices &&
      before.undelivered === undelivered
    // Messages keep their identity until they change: this line is what makes a long transcript cheap.
    if (sameSurroundings && before.message === message) return
    this.#shown = { ...row, language }

    const view = viewMessage(message, undelivered)
    setAttribute(this.element, 'data-role', message.role)
    setAttribute(this.element, 'data-status', message.status)
    setAttribute(this.element, 'aria-busy', String(view.busy))
    this.#drawParts(message, view)

    // While text streams in, the rest stays as it is: a notice that is drawn again is read out again.
    const sameState =
      sameSurroundings &&
      before.message.status === message.status &&
      before.message.isCut === message.isCut &&
      before.message.error === message.error &&
      before.message.retryState === message.retryState
    if (sameState) return
    this.#drawNotices(message, showNotices)
    this.#drawFooter(message, view)
  }

  #drawParts(message: ChatMessage, view: MessageView) {
    const { strings } = this.#words
    setText(
      this.#name,
      message.role === 'user' ? visibleText(message.author?.name ?? strings.you) : strings.assistant,
    )
    const context = { role: message.role, busy: view.busy, words: this.#words, actions: this.#actions }
    const keys = new Set(view.parts.map(({ key }) => key))
    for (const [key, { element }] of this.#parts) {
      if (keys.has(key)) continue
      element.remove()
      this.#parts.delete(key)
    }
    for (const { key, part } of view.parts) {
      let shown = this.#parts.get(key)
      if (!shown) {
        shown = partElement(part.type, message.role)
        this.#parts.set(key, shown)
        this.#bubble.append(shown.element)
      }
      shown.update(part, context)
    }
    setText(this.#thinking, strings.thinking)
    if (view.thinking) this.#bubble.append(this.#thinking)
    else this.#thinking.remove()
  }

  #drawNotices({ isCut, retryState, error }: ChatMessage, showNotices: boolean) {
    this.#notices.replaceChildren()
    if (isCut) this.#notices.append(h('p', { class: 'cut' }, this.#words.strings.answerCut))
    if (!showNotices) return
    if (retryState) this.#notices.append(retryNotice(retryState, this.#words, this.#actions))
    if (error) this.#notices.append(errorNotice(error, this.#words))
  }

  #drawFooter(message: ChatMessage, view: MessageView) {
    const { strings } = this.#words
    const { id, taskId = '' } = message
    const perform: Record<MessageAction, () => void> = {
      edit: () => this.#edit(message),
      regenerate: () => this.#actions.regenerate(id),
      retry: () => this.#actions.retry(taskId),
      discard: () => this.#actions.discard(taskId),
    }
    this.#footer.replaceChildren(
      h('span', { class: 'message-status' }, strings.status[message.status]),
      h('time', { datetime: message.createdAt }, formatTime(message.createdAt, strings.locale)),
      // While it is edited, only the form's buttons are for this message.
      ...(this.#editing ? [] : view.actions).map((action) =>
        button(strings[action], perform[action], { class: 'quiet', 'data-action': action }),
      ),
    )
  }

  #edit(message: ChatMessage) {
    this.#setEditing(true)
    const { form, focus } = editForm(messageText(message), this.#words, (text) => {
      form.replaceWith(this.#bubble)
      this.#setEditing(false)
      if (text !== undefined) this.#actions.edit(message, text)
    })
    this.#bubble.replaceWith(form)
    focus()
  }

  #setEditing(editing: boolean) {
    this.#editing = editing
    if (!this.#shown) return
    const { message, undelivered } = this.#shown
    this.#drawFooter(message, viewMessage(message, undelivered))
  }
}
