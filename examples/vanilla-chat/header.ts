import type { ConnectionState } from 'reconvene'
import { languages } from '../shared/language.js'
import { countdown } from './countdown.js'
import { button, h, setAttribute } from './dom.js'
import type { LanguageChoice } from './language.js'

export function header(words: LanguageChoice, onConnect: () => void) {
  const state = h('output')
  const pill = h('div', { class: 'connection' }, state)
  const legend = h('legend', { class: 'visually-hidden' })
  const choices = languages.map(({ language, name }) => ({
    language,
    element: button(name, () => words.choose(language), { lang: language }),
  }))
  let shown: ConnectionState | undefined

  function drawConnection(connection: ConnectionState) {
    const { strings } = words
    const waiting = connection.status === 'waiting'
    setAttribute(pill, 'data-state', connection.status)
    state.replaceChildren(strings.connection[connection.status])
    pill.replaceChildren(state)
    if (!waiting) return
    state.append(countdown(connection.retryAt, words))
    pill.append(button(strings.connectNow, onConnect, { class: 'quiet' }))
  }

  function translate() {
    legend.textContent = words.strings.language
    for (const { language, element } of choices)
      setAttribute(element, 'aria-pressed', String(language === words.language))
    if (shown) drawConnection(shown)
  }
  translate()
  words.subscribe(translate)

  return {
    element: h(
      'header',
      { class: 'page-header' },
      h(
        'div',
        { class: 'brand' },
        h('img', { src: '../shared/icon.svg', alt: '', width: 28, height: 28 }),
        h('h1', {}, 'reconvene'),
        h('span', { class: 'flavour' }, 'TypeScript'),
      ),
      pill,
      h('fieldset', { class: 'languages' }, legend, ...choices.map(({ element }) => element)),
    ),
    update(connection: ConnectionState) {
      if (connection === shown) return
      shown = connection
      drawConnection(connection)
    },
  }
}
