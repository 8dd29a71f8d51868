import type { AppError, ChatMessage, ConnectionState } from 'reconvene'
import { bannerError } from '../shared/message-view.js'
import { ErrorNotice } from './error-notice.js'
import { useLanguage } from './language.js'

interface NoticesProps {
  readonly messages: readonly ChatMessage[]
  readonly error: AppError | null | undefined
  readonly connection: ConnectionState
  readonly discontinuity: unknown
  readonly onDismiss: () => void
  readonly onConnect: () => void
}

/** What concerns the whole conversation, between the transcript and the message box. */
export function Notices({ messages, error, connection, discontinuity, onDismiss, onConnect }: NoticesProps) {
  const { strings } = useLanguage()
  const banner = bannerError(error, messages)
  return (
    <div className="notices">
      {discontinuity ? (
        <div className="notice" data-tone="busy">
          <output>{strings.discontinuity}</output>
        </div>
      ) : null}
      {connection.status === 'failed' && (
        <ErrorNotice error={connection.error}>
          <button type="button" onClick={onConnect}>
            {connection.error.action === 'sign-in' ? strings.signIn : strings.connectNow}
          </button>
        </ErrorNotice>
      )}
      {banner && (
        <ErrorNotice error={banner}>
          <button type="button" onClick={onDismiss}>
            {strings.dismiss}
          </button>
        </ErrorNotice>
      )}
    </div>
  )
}
