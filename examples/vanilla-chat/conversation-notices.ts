import type { AppError, ConnectionState, RetryState } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { button, h } from './dom.js'
import type { LanguageChoice } from './language.js'
import { errorNotice, retryNotice } from './notices.js'

export interface NoticeState {
  /** The conversation's error if no message shows it. */
  readonly error: AppError | undefined
  /** The retry that is waited for, if no message shows it. */
  readonly retryState: RetryState | undefined
  /** Whether this page waits; a server that tries again by itself can't be hurried. */
  readonly canRetryNow: boolean
  readonly connection: ConnectionState
  readonly discontinuity: boolean
}

export interface NoticeOptions {
  readonly words: LanguageChoice
  readonly actions: MessageActions
  readonly onDismiss: () => void
  readonly onConnect: () => void
}

/** Notices about the whole conversation, between the transcript and the message box. */
export function conversationNotices({ words, actions, onDismiss, onConnect }: NoticeOptions) {
  const element = h('div', { class: 'notices' })
  let shown: NoticeState | undefined

  function draw({ error, retryState, canRetryNow, connection, discontinuity }: NoticeState) {
    const { strings } = words
    element.replaceChildren()
    if (discontinuity)
      element.append(
        h(
          'div',
          { class: 'notice', 'data-tone': 'busy' },
          h('output', {}, strings.discontinuity),
          h('div', { class: 'notice-buttons' }, button(strings.dismiss, onDismiss)),
        ),
      )
    if (retryState) element.append(retryNotice(retryState, words, actions, canRetryNow))
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
        shown?.retryState === next.retryState &&
        shown?.canRetryNow === next.canRetryNow &&
        shown?.connection === next.connection &&
        shown?.discontinuity === next.discontinuity
      if (same) return
      shown = next
      draw(next)
    },
  }
}
