import { useState, useSyncExternalStore } from 'react'
import { type FaultRequest, faults } from '../shared/faults.js'
import type { Session } from '../shared/open-page.js'
import { formatTime } from '../shared/time.js'
import { describeEvent, type TimelineEntry, toneOf } from '../shared/timeline.js'
import { useLanguage } from './language.js'

/** Faults to cause and a record of what they led to. Beside the conversation where there is room, else below it. */
export function SidePanel({ session }: { session: Pick<Session, 'timeline' | 'faultConnection'> }) {
  const { timeline, faultConnection } = session
  const { strings } = useLanguage()
  const [open, setOpen] = useState(false)
  const entries = useSyncExternalStore(timeline.subscribe, timeline.getSnapshot, timeline.getSnapshot)

  const cause = async (fault: FaultRequest) => {
    const taken = await faultConnection.send(fault)
    timeline.add({ kind: taken ? 'faultSet' : 'faultNotSet', fault: fault.kind })
  }

  return (
    <aside className="panel" aria-label={strings.panel} data-open={open}>
      <button type="button" className="panel-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? strings.hidePanel : strings.showPanel}
      </button>
      <div className="panel-content">
        <FaultButtons onFault={cause} />
        <Timeline entries={entries} />
      </div>
    </aside>
  )
}

function FaultButtons({ onFault }: { onFault: (fault: FaultRequest) => void }) {
  const { strings } = useLanguage()
  return (
    <section>
      <h2>{strings.faults}</h2>
      <p className="hint">{strings.faultsHint}</p>
      <div className="fault-buttons">
        {faults.map((fault) => (
          <button key={fault.kind} type="button" data-fault={fault.kind} onClick={() => onFault(fault)}>
            {strings.faultLabels[fault.kind]}
          </button>
        ))}
      </div>
    </section>
  )
}

function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const { strings } = useLanguage()
  return (
    <section>
      <h2>{strings.timeline}</h2>
      {entries.length === 0 && <p className="hint">{strings.timelineEmpty}</p>}
      <ol className="timeline">
        {entries.map(({ id, at, event }) => (
          <li key={id} data-tone={toneOf(event)}>
            <time dateTime={new Date(at).toISOString()}>{formatTime(at, strings.locale, true)}</time>
            <span>{describeEvent(event, strings)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
