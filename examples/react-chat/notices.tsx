import type { AppError, ChatMessage, ConnectionState, Discontinuity, RetryState } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { bannerError, bannerRetry } from '../shared/message-view.js'
import { ErrorNotice } from './error-notice.js'
import { useLanguage } from './language.js'
import { RetryNotice } from './retry-notice.js'

interface NoticesProps {
  readonly messages: readonly ChatMessage[]
  readonly error: AppError | null
  /** The refusal that the message box shows. */
  readonly told: AppError | undefined
  readonly retryState: RetryState | null
  /** Whether this page waits; a server that tries again by itself can't be hurried. */
  readonly canRetryNow: boolean
  readonly connection: ConnectionState
  readonly discontinuity: Discontinuity | null
  readonly actions: MessageActions
  readonly onDismiss: () => void
  readonly onConnect: () => void
}

/** Notices about the whole conversation, between the transcript and the message box. */
export function Notices(props: NoticesProps) {
  const { messages, connection, onDismiss, onConnect } = props
  const { strings } = useLanguage()
  const error = bannerError(props.error, messages, props.told)
  const retryState = bannerRetry(props.retryState, messages)
  return (
    <div className="notices">
      {props.discontinuity && (
        <div className="notice" data-tone="busy">
          <output>{strings.discontinuity}</output>
          <div className="notice-buttons">
            <button type="button" onClick={onDismiss}>
              {strings.dismiss}
            </button>
          </div>
        </div>
      )}
      {retryState && (
        <RetryNotice retryState={retryState} canRetryNow={props.canRetryNow} actions={props.actions} />
      )}
      {connection.status === 'failed' && (
        <ErrorNotice error={connection.error}>
          <button type="button" onClick={onConnect}>
            {connection.error.action === 'sign-in' ? strings.signIn : strings.connectNow}
          </button>
        </ErrorNotice>
      )}
      {error && (
        <ErrorNotice error={error}>
          <button type="button" onClick={onDismiss}>
            {strings.dismiss}
          </button>
        </ErrorNotice>
      )}
    </div>
  )
}
