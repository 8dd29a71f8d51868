import { type FaultRequest, faults } from '../shared/faults.js'
import type { Session } from '../shared/open-page.js'
import { formatTime } from '../shared/time.js'
import { describeEvent, toneOf } from '../shared/timeline.js'
import { button, h, setAttribute, setText } from './dom.js'
import type { LanguageChoice } from './language.js'

/** Faults to cause and a record of what they led to. Beside the conversation where there is room, else below it. */
export function sidePanel({ record, faultConnection }: Session, words: LanguageChoice): HTMLElement {
  const toggle = button('', () => setOpen(!open), { class: 'panel-toggle' })
  const content = h('div', { class: 'panel-content' })
  const list = h('ol', { class: 'timeline' })
  const panel = h('aside', { class: 'panel' }, toggle, content)
  const nothingYet = h('p', { class: 'hint' })
  let open = false

  function setOpen(next: boolean) {
    open = next
    setAttribute(panel, 'data-open', String(open))
    setAttribute(toggle, 'aria-expanded', String(open))
    setText(toggle, open ? words.strings.hidePanel : words.strings.showPanel)
  }

  async function cause(fault: FaultRequest) {
    const taken = await faultConnection.send(fault)
    record.add({ kind: taken ? 'faultSet' : 'faultNotSet', fault: fault.kind })
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
    nothingYet.textContent = strings.timelineEmpty
    content.replaceChildren(
      h(
        'section',
        {},
        h('h2', {}, strings.faults),
        h('p', { class: 'hint' }, strings.faultsHint),
        h(
          'div',
          { class: 'fault-buttons' },
          ...faults.map((fault) =>
            button(strings.faultLabels[fault.kind], () => void cause(fault), { 'data-fault': fault.kind }),
          ),
        ),
      ),
      h('section', {}, h('h2', {}, strings.timeline), nothingYet, list),
    )
    drawTimeline()
  }
  translate()
  words.subscribe(translate)
  record.subscribe(drawTimeline)
  return panel
}
