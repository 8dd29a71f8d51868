import type { PageRecord } from '../shared/page-record.js'
import { formatTime } from '../shared/time.js'
import { describeEvent, toneOf } from '../shared/timeline.js'
import { button, h, setAttribute, setText } from './dom.js'
import type { LanguageChoice } from './language.js'

/** The tools above the timeline. */
export interface PanelTools {
  readonly element: HTMLElement
  /** The labels of the button that unfolds the panel and folds it up. */
  readonly show: () => string
  readonly hide: () => string
}

/** Tools and a record of what they led to. Beside the conversation if there is room, else below it. */
export function sidePanel(record: PageRecord, words: LanguageChoice, tools: PanelTools): HTMLElement {
  const toggle = button('', () => setOpen(!open), { class: 'panel-toggle' })
  const list = h('ol', { class: 'timeline' })
  const nothingYet = h('p', { class: 'hint' })
  const heading = h('h2')
  const content = h(
    'div',
    { class: 'panel-content' },
    tools.element,
    h('section', {}, heading, nothingYet, list),
  )
  const panel = h('aside', { class: 'panel' }, toggle, content)
  let open = false

  function setOpen(next: boolean) {
    open = next
    setAttribute(panel, 'data-open', String(open))
    setAttribute(toggle, 'aria-expanded', String(open))
    setText(toggle, open ? tools.hide() : tools.show())
  }

  function drawTimeline() {
    const { strings } = words
    const { entries } = record.getSnapshot()
    nothingYet.hidden = entries.length > 0
    list.replaceChildren(
      ...entries.map(({ at, event }) =>
        h(
          'li',
          { 'data-tone': toneOf(event) },
          h('time', { datetime: new Date(at).toISOString() }, formatTime(at, strings.locale, true)),
          h('span', {}, describeEvent(event, strings)),
        ),
      ),
    )
  }

  function translate() {
    const { strings } = words
    setAttribute(panel, 'aria-label', strings.panel)
    setOpen(open)
    setText(nothingYet, strings.timelineEmpty)
    setText(heading, strings.timeline)
    drawTimeline()
  }
  translate()
  words.subscribe(translate)
  record.subscribe(drawTimeline)
  return panel
}
