import { type FaultRequest, faults } from '../shared/faults.js'
import type { PageContext } from './chat-page.js'
import { button, h } from './dom.js'
import type { PanelTools } from './side-panel.js'

/** Faults to cause, each on a button. */
export function faultButtons({
  session: { record, faultConnection },
  words,
}: Pick<PageContext, 'session' | 'words'>): PanelTools {
  const element = h('section')

  async function cause(fault: FaultRequest) {
    const taken = await faultConnection.send(fault)
    record.add({ kind: taken ? 'faultSet' : 'faultNotSet', fault: fault.kind })
  }

  function translate() {
    const { strings } = words
    element.replaceChildren(
      h('h2', {}, strings.faults),
      h('p', { class: 'hint' }, strings.faultsHint),
      h(
        'div',
        { class: 'fault-buttons' },
        ...faults.map((fault) =>
          button(strings.faultLabels[fault.kind], () => void cause(fault), { 'data-fault': fault.kind }),
        ),
      ),
    )
  }
  translate()
  words.subscribe(translate)
  return { element, show: () => words.strings.showPanel, hide: () => words.strings.hidePanel }
}
