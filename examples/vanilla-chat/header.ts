import type { ConnectionState } from 'reconvene'
import icon from '../shared/icon.svg'
import { languages } from '../shared/language.js'
import { shownStatus } from '../shared/shown-status.js'
import { countdown } from './countdown.js'
import { button, h, setAttribute, setText } from './dom.js'
import type { LanguageChoice } from './language.js'

export function header(words: LanguageChoice, onConnect: () => void) {
  const label = h('span')
  const state = h('output', {}, label)
  const pill = h('div', { class: 'connection' }, state)
  const legend = h('legend', { class: 'visually-hidden' })
  const choices = languages.map(({ language, name }) => ({
    language,
    element: button(name, () => words.choose(language), { lang: language }),
  }))
  let shown: ConnectionState | undefined
  let status: ConnectionState['status'] | undefined
  let wait: HTMLElement[] = []

  function drawConnection(connection: ConnectionState) {
    const { strings } = words
    status = shownStatus(connection.status, status)
    setAttribute(pill, 'data-state', status)
    setText(label, strings.connection[status])
    for (const element of wait) element.remove()
    wait = []
    if (connection.status !== 'waiting') return
    const until = countdown(connection.retryAt, words)
    const now = button(strings.connectNow, onConnect, { class: 'quiet' })
    state.append(until)
    pill.append(now)
    wait = [until, now]
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
        h('img', { src: icon, alt: '', width: 28, height: 28 }),
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
