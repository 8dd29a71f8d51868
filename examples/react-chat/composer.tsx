import { type SubmitEvent, useState } from 'react'
import { type AppError, type ChatTask, isAppError } from 'reconvene'
import { isDraftLost, restoredDraft } from '../shared/draft.js'
import { isSendKey } from '../shared/keys.js'
import { ErrorNotice } from './error-notice.js'
import { useLanguage } from './language.js'

interface ComposerProps {
  readonly busy: boolean
  /** Why the last message was refused; its text is back in the box. */
  readonly refusal: AppError | undefined
  readonly onRefused: (refusal: AppError | undefined) => void
  readonly onSend: (text: string) => Pick<ChatTask, 'accepted'>
  readonly onStop: () => void
}

export function Composer({ busy, refusal, onRefused, onSend, onStop }: ComposerProps) {
  const { strings } = useLanguage()
  const [draft, setDraft] = useState('')

  const send = () => {
    if (draft.trim() === '') return
    setDraft('')
    onRefused(undefined)
    onSend(draft).accepted.catch((error: unknown) => {
      if (!isDraftLost(error)) return
      setDraft((typedSince) => restoredDraft(draft, typedSince))
      if (isAppError(error)) onRefused(error)
    })
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    send()
  }

  return (
    <form className="composer" onSubmit={submit}>
      {refusal && (
        <ErrorNotice error={refusal}>
          <span>{strings.draftKept}</span>
        </ErrorNotice>
      )}
      <div className="composer-box">
        <div className="grow" data-draft={draft}>
          <textarea
            rows={1}
            aria-label={strings.message}
            aria-describedby="composer-hint"
            placeholder={strings.messagePlaceholder}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => {
              if (!isSendKey(event.nativeEvent)) return
              event.preventDefault()
              send()
            }}
          />
        </div>
        {busy && (
          <button type="button" className="stop" onClick={onStop}>
            {strings.stop}
          </button>
        )}
        <button type="submit" className="primary" disabled={draft.trim() === ''}>
          {strings.send}
        </button>
      </div>
      <p className="composer-hint" id="composer-hint">
        {strings.composerHint}
      </p>
    </form>
  )
}
