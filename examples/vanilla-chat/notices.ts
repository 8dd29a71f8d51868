import { type AppError, type RetryState, translateError } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { countdown } from './countdown.js'
import { button, h } from './dom.js'
import type { LanguageChoice } from './language.js'

/**
 * The error's text in the reader's language, translated where it is shown, so that switching the language switches the
 * text too.
 */
export function errorNotice(error: AppError, words: LanguageChoice, ...rest: HTMLElement[]): HTMLElement {
  const { strings, language } = words
  const { userMessage, correlationId } = translateError(error, { locale: language })
  return h(
    'div',
    { class: 'notice', 'data-tone': 'bad', role: 'alert' },
    h('p', {}, userMessage),
    correlationId !== undefined &&
      h('p', { class: 'notice-detail' }, `${strings.reference} `, h('code', {}, correlationId)),
    rest.length > 0 && h('div', { class: 'notice-buttons' }, ...rest),
  )
}

/** Why it waits, how long still, and the two ways out: now, or not at all. */
export function retryNotice(
  state: RetryState,
  words: LanguageChoice,
  actions: MessageActions,
  canRetryNow = true,
): HTMLElement {
  const { strings, language } = words
  return h(
    'div',
    { class: 'notice', 'data-tone': 'busy' },
    h('p', {}, translateError(state.error, { locale: language }).userMessage),
    h(
      'p',
      { class: 'notice-detail' },
      strings.attempt(state.attempt, state.maxAttempts),
      countdown(state.nextRetryAt, words),
    ),
    h(
      'div',
      { class: 'notice-buttons' },
      canRetryNow && button(strings.retryNow, () => actions.retryNow(state.taskId)),
      button(strings.cancel, () => actions.cancel(state.taskId)),
    ),
  )
}
