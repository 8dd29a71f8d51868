import { useState } from 'react'
import { type FaultRequest, faults } from '../shared/faults.js'
import { formatTime } from '../shared/time.js'
import { describeEvent, type TimelineEntry, toneOf } from '../shared/timeline.js'
import { useLanguage } from './language.js'

interface SidePanelProps {
  readonly entries: readonly TimelineEntry[]
  readonly onFault: (fault: FaultRequest) => void
}

/** Faults to cause and a record of what they led to. Beside the conversation if there is room, else below it. */
export function SidePanel({ entries, onFault }: SidePanelProps) {
  const { strings } = useLanguage()
  const [open, setOpen] = useState(false)

  return (
    <aside className="panel" aria-label={strings.panel} data-open={open}>
      <button type="button" className="panel-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? strings.hidePanel : strings.showPanel}
      </button>
      <div className="panel-content">
        <FaultButtons onFault={onFault} />
        <Timeline entries={entries} />
      </div>
    </aside>
  )
}

function FaultButtons({ onFault }: Pick<SidePanelProps, 'onFault'>) {
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

function Timeline({ entries }: Pick<SidePanelProps, 'entries'>) {
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
