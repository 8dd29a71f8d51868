import type { ToolPart } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { formatValue } from '../shared/message-view.js'
import { visibleText } from '../shared/visible-text.js'
import { button, h } from './dom.js'
import type { LanguageChoice } from './language.js'

let cards = 0

export function toolCard(
  part: ToolPart,
  busy: boolean,
  words: LanguageChoice,
  actions: MessageActions,
): HTMLElement {
  const { strings } = words
  const titleId = `tool-${++cards}`
  return h(
    'section',
    { class: 'tool', 'data-state': part.state, 'aria-labelledby': titleId },
    h(
      'header',
      {},
      h('h4', { id: titleId }, visibleText(part.name)),
      h('span', { class: 'tool-state' }, strings.tool[part.state]),
    ),
    value(strings.toolInput, part.input ?? part.inputText),
    value(strings.toolOutput, part.output),
    part.reason !== undefined && h('p', {}, visibleText(part.reason)),
    part.error !== undefined && h('p', { class: 'tool-error' }, visibleText(part.error)),
    part.state === 'approval' &&
      h(
        'div',
        { class: 'tool-buttons' },
        button(strings.approve, () => actions.respondToApproval(part.toolCallId, true), { class: 'primary' }),
        button(strings.decline, () => actions.respondToApproval(part.toolCallId, false)),
      ),
    part.state === 'input' && !busy && answerForm(part.toolCallId, words, actions),
  )
}

const value = (label: string, content: unknown) =>
  content !== undefined &&
  h('div', { class: 'tool-value' }, h('span', {}, label), h('pre', {}, formatValue(content)))

function answerForm(toolCallId: string, { strings }: LanguageChoice, actions: MessageActions) {
  const input = h('input', { 'aria-label': strings.toolAnswer, autocomplete: 'off' })
  const form = h(
    'form',
    { class: 'tool-buttons' },
    input,
    h('button', { type: 'submit', class: 'primary' }, strings.sendAnswer),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (input.value.trim() !== '') actions.answerTool(toolCallId, input.value)
  })
  return form
}
