import { useEffect, useRef, useState } from 'react'
import { isLeaveKey, isSendKey } from '../shared/keys.js'
import { useLanguage } from './language.js'

interface EditFormProps {
  readonly text: string
  readonly onSave: (text: string) => void
  readonly onCancel: () => void
}

export function EditForm({ text, onSave, onCancel }: EditFormProps) {
  const { strings } = useLanguage()
  const [draft, setDraft] = useState(text)
  const box = useRef<HTMLTextAreaElement>(null)
  const save = () => {
    if (draft.trim() !== '') onSave(draft)
  }

  // The person asked to edit this message: the cursor belongs at its end.
  useEffect(() => {
    box.current?.focus()
    box.current?.setSelectionRange(text.length, text.length)
  }, [text])

  return (
    <form
      className="edit-form"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className="grow" data-draft={draft}>
        <textarea
          ref={box}
          rows={1}
          aria-label={strings.editLabel}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (isLeaveKey(event.nativeEvent)) onCancel()
            if (!isSendKey(event.nativeEvent)) return
            event.preventDefault()
            save()
          }}
        />
      </div>
      <div className="notice-buttons">
        <button type="submit" className="primary" disabled={draft.trim() === ''}>
          {strings.save}
        </button>
        <button type="button" onClick={onCancel}>
          {strings.cancel}
        </button>
      </div>
    </form>
  )
}
