import type { ChatPart } from 'reconvene'
import { updateMarkdown } from '../shared/markdown.js'
import type { MessageActions } from '../shared/message-actions.js'
import { safeFileUrl } from '../shared/message-view.js'
import { visibleText } from '../shared/visible-text.js'
import { h, setText } from './dom.js'
import type { LanguageChoice } from './language.js'
import { toolCard } from './tool-card.js'

export interface PartContext {
  readonly role: string
  readonly busy: boolean
  readonly words: LanguageChoice
  readonly actions: MessageActions
}

/** A part's element and how it takes the next version of the part. The element stays, so an open detail stays open. */
export interface PartElement {
  readonly element: HTMLElement
  update(part: ChatPart, context: PartContext): void
}

export function partElement(type: ChatPart['type'], role: string): PartElement {
  if (type === 'reasoning') return reasoning()
  if (type === 'text') return role === 'user' ? plainText() : markdown()
  return replaced()
}

/** People's words are shown as they typed them. */
function plainText(): PartElement {
  const element = h('p', { class: 'plain-text' })
  return { element, update: (part) => part.type === 'text' && setText(element, visibleText(part.text)) }
}

function markdown(): PartElement {
  const element = h('div', { class: 'markdown' })
  return { element, update: (part) => part.type === 'text' && updateMarkdown(element, part.text) }
}

function reasoning(): PartElement {
  const summary = h('summary')
  const text = h('p', { class: 'plain-text' })
  return {
    element: h('details', { class: 'reasoning' }, summary, text),
    update(part, { words }) {
      setText(summary, words.strings.reasoning)
      if (part.type === 'reasoning') setText(text, visibleText(part.text))
    },
  }
}

/** Tool cards, files and sources change as a whole; what someone began to answer a tool stays. */
function replaced(): PartElement {
  const element = h('div')
  return {
    element,
    update(part, { words, busy, actions }) {
      const typed = element.querySelector('input')?.value
      if (part.type === 'tool') element.replaceChildren(toolCard(part, busy, words, actions))
      const input = element.querySelector('input')
      if (input && typed) input.value = typed
      if (part.type === 'file') element.replaceChildren(link(part.url, part.name ?? words.strings.file))
      if (part.type === 'source')
        element.replaceChildren(link(part.url, part.title ?? part.url ?? words.strings.source))
    },
  }
}

function link(url: string | undefined, name: string): HTMLElement {
  const href = url === undefined ? undefined : safeFileUrl(url, location.href)
  if (href === undefined) return h('span', { class: 'file' }, visibleText(name))
  return h('a', { class: 'file', href, target: '_blank', rel: 'noopener noreferrer' }, visibleText(name))
}
