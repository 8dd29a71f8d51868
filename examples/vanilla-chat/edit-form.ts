import { isLeaveKey, isSendKey } from '../shared/keys.js'
import { button, growingBox, h } from './dom.js'
import type { LanguageChoice } from './language.js'

/** Asks for a message's new text. `onDone` gets it, or undefined if the person changed their mind. */
export function editForm(
  text: string,
  { strings }: LanguageChoice,
  onDone: (text: string | undefined) => void,
) {
  const { frame, box, mirror } = growingBox({ 'aria-label': strings.editLabel })
  box.value = text
  mirror()
  const save = h('button', { type: 'submit', class: 'primary' }, strings.save)
  const form = h(
    'form',
    { class: 'edit-form' },
    frame,
    h(
      'div',
      { class: 'notice-buttons' },
      save,
      button(strings.cancel, () => onDone(undefined)),
    ),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (box.value.trim() !== '') onDone(box.value)
  })
  box.addEventListener('input', () => {
    save.disabled = box.value.trim() === ''
  })
  box.addEventListener('keydown', (event) => {
    if (isLeaveKey(event)) onDone(undefined)
    if (!isSendKey(event)) return
    event.preventDefault()
    form.requestSubmit()
  })
  const focus = () => {
    box.focus()
    box.setSelectionRange(text.length, text.length)
  }
  return { form, focus }
}
