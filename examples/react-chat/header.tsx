import { useState } from 'react'
import type { ConnectionState } from 'reconvene'
import icon from '../shared/icon.svg'
import { languages } from '../shared/language.js'
import { shownStatus } from '../shared/shown-status.js'
import { Countdown } from './countdown.js'
import { useLanguage } from './language.js'

interface HeaderProps {
  readonly flavour: string
  readonly connection: ConnectionState
  readonly onConnect: () => void
}

export function Header({ flavour, connection, onConnect }: HeaderProps) {
  const { language, strings, setLanguage } = useLanguage()
  return (
    <header className="page-header">
      <div className="brand">
        <img src={icon} alt="" width="28" height="28" />
        <h1>reconvene</h1>
        <span className="flavour">{flavour}</span>
      </div>
      <ConnectionPill connection={connection} onConnect={onConnect} />
      <fieldset className="languages">
        <legend className="visually-hidden">{strings.language}</legend>
        {languages.map((choice) => (
          <button
            key={choice.language}
            type="button"
            lang={choice.language}
            aria-pressed={choice.language === language}
            onClick={() => setLanguage(choice.language)}
          >
            {choice.name}
          </button>
        ))}
      </fieldset>
    </header>
  )
}

function ConnectionPill({ connection, onConnect }: Omit<HeaderProps, 'flavour'>) {
  const { strings } = useLanguage()
  const [shown, setShown] = useState(connection.status)
  const status = shownStatus(connection.status, shown)
  if (status !== shown) setShown(status)
  return (
    <div className="connection" data-state={status}>
      <output>
        {strings.connection[status]}
        {connection.status === 'waiting' && <Countdown at={connection.retryAt} />}
      </output>
      {connection.status === 'waiting' && (
        <button type="button" className="quiet" onClick={onConnect}>
          {strings.connectNow}
        </button>
      )}
    </div>
  )
}
