import { type AppError, type ChatTask, isAppError } from 'reconvene'
import { isDraftLost, restoredDraft } from '../shared/draft.js'
import { isSendKey } from '../shared/keys.js'
import { button, growingBox, h, setAttribute, setText } from './dom.js'
import type { LanguageChoice } from './language.js'
import { errorNotice } from './notices.js'

export interface ComposerOptions {
  readonly words: LanguageChoice
  readonly onSend: (text: string) => Pick<ChatTask, 'accepted'>
  readonly onStop: () => void
  /** The box has a refused message back; the page may have told of the refusal already. */
  readonly onRefused: () => void
}

export function composer({ words, onSend, onStop, onRefused }: ComposerOptions) {
  const { frame, box, mirror } = growingBox({ 'aria-describedby': 'composer-hint' })
  const stop = button('', onStop, { class: 'stop', hidden: true })
  const send = h('button', { type: 'submit', class: 'primary' })
  const hint = h('p', { class: 'composer-hint', id: 'composer-hint' })
  const refused = h('div')
  let refusal: AppError | undefined

  const form = h(
    'form',
    { class: 'composer' },
    refused,
    h('div', { class: 'composer-box' }, frame, stop, send),
    hint,
  )

  function setDraft(text: string) {
    box.value = text
    mirror()
    send.disabled = text.trim() === ''
  }

  function setRefusal(error: AppError | undefined) {
    refusal = error
    refused.replaceChildren()
    if (error) refused.append(errorNotice(error, words, h('span', {}, words.strings.draftKept)))
  }

  function submit() {
    const draft = box.value
    if (draft.trim() === '') return
    setDraft('')
    setRefusal(undefined)
    onSend(draft).accepted.catch((error: unknown) => {
      if (!isDraftLost(error)) return
      setDraft(restoredDraft(draft, box.value))
      if (isAppError(error)) setRefusal(error)
      onRefused()
    })
  }

  box.addEventListener('input', () => {
    send.disabled = box.value.trim() === ''
  })
  box.addEventListener('keydown', (event) => {
    if (!isSendKey(event)) return
    event.preventDefault()
    submit()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
  })

  function translate() {
    const { strings } = words
    setAttribute(box, 'aria-label', strings.message)
    box.placeholder = strings.messagePlaceholder
    setText(stop, strings.stop)
    setText(send, strings.send)
    setText(hint, strings.composerHint)
    setRefusal(refusal)
  }
  translate()
  setDraft('')
  words.subscribe(translate)

  return {
    element: form,
    /** Why the last message was refused; its text is back in the box. */
    refusal: () => refusal,
    update(busy: boolean) {
      stop.hidden = !busy
    },
  }
}
