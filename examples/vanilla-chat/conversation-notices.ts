import type { AppError, ConnectionState } from 'reconvene'
import { button, h } from './dom.js'
import type { LanguageChoice } from './language.js'
import { errorNotice } from './notices.js'

export interface NoticeState {
  /** The conversation's error where no message shows it. */
  readonly error: AppError | undefined
  readonly connection: ConnectionState
  readonly discontinuity: boolean
}

/** What concerns the whole conversation, between the transcript and the message box. */
export function conversationNotices(words: LanguageChoice, onDismiss: () => void, onConnect: () => void) {
  const element = h('div', { class: 'notices' })
  let shown: NoticeState | undefined

  function draw({ error, connection, discontinuity }: NoticeState) {
    const { strings } = words
    element.replaceChildren()
    if (discontinuity)
      element.append(
        h('div', { class: 'notice', 'data-tone': 'busy' }, h('output', {}, strings.discontinuity)),
      )
    if (connection.status === 'failed') {
      const label = connection.error.action === 'sign-in' ? strings.signIn : strings.connectNow
      element.append(errorNotice(connection.error, words, button(label, onConnect)))
    }
    if (error) element.append(errorNotice(error, words, button(strings.dismiss, onDismiss)))
  }

  words.subscribe(() => shown && draw(shown))

  return {
    element,
    update(next: NoticeState) {
      // An alert that is drawn again is read out again.
      const same =
        shown?.error === next.error &&
        shown?.connection === next.connection &&
        shown?.discontinuity === next.discontinuity
      if (same) return
      shown = next
      draw(next)
    },
  }
}
