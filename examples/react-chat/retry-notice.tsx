import { type RetryState, translateError } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { Countdown } from './countdown.js'
import { useLanguage } from './language.js'

interface RetryNoticeProps {
  readonly retryState: RetryState
  readonly canRetryNow?: boolean
  readonly actions: MessageActions
}

/** Why it waits, how long still, and the two ways out: now, or not at all. */
export function RetryNotice({ retryState, canRetryNow = true, actions }: RetryNoticeProps) {
  const { language, strings } = useLanguage()
  const { taskId, attempt, maxAttempts, nextRetryAt, error } = retryState
  return (
    <div className="notice" data-tone="busy">
      <p>{translateError(error, { locale: language }).userMessage}</p>
      <p className="notice-detail">
        {strings.attempt(attempt, maxAttempts)} <Countdown at={nextRetryAt} />
      </p>
      <div className="notice-buttons">
        {canRetryNow && (
          <button type="button" onClick={() => actions.retryNow(taskId)}>
            {strings.retryNow}
          </button>
        )}
        <button type="button" onClick={() => actions.cancel(taskId)}>
          {strings.cancel}
        </button>
      </div>
    </div>
  )
}
