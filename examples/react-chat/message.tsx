import { memo, useState } from 'react'
import { messageText } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { type MessageRow, viewMessage } from '../shared/message-view.js'
import { formatTime } from '../shared/time.js'
import { visibleText } from '../shared/visible-text.js'
import { EditForm } from './edit-form.js'
import { ErrorNotice } from './error-notice.js'
import { useLanguage } from './language.js'
import { MessageButtons } from './message-buttons.js'
import { MessagePart } from './message-part.js'
import { RawOnError } from './raw-on-error.js'
import { RetryNotice } from './retry-notice.js'

interface MessageProps extends MessageRow {
  readonly actions: MessageActions
}

/** Messages keep their identity until they change, so `memo` renders only the one that streams. */
export const Message = memo(function Message({ message, showNotices, undelivered, actions }: MessageProps) {
  const { strings } = useLanguage()
  const [editing, setEditing] = useState(false)
  const view = viewMessage(message, undelivered)
  const name = message.role === 'user' ? visibleText(message.author?.name ?? strings.you) : strings.assistant

  return (
    <article className="message" data-role={message.role} data-status={message.status} aria-busy={view.busy}>
      <h3 className="visually-hidden">{name}</h3>
      {editing ? (
        <EditForm
          text={messageText(message)}
          onCancel={() => setEditing(false)}
          onSave={(text) => {
            setEditing(false)
            actions.edit(message, text)
          }}
        />
      ) : (
        <div className="bubble">
          {view.parts.map(({ key, part }) => (
            <RawOnError key={key} raw={visibleText('text' in part ? String(part.text) : '')}>
              <MessagePart part={part} role={message.role} busy={view.busy} actions={actions} />
            </RawOnError>
          ))}
          {view.thinking && <p className="thinking">{strings.thinking}</p>}
        </div>
      )}
      {message.isCut && <p className="cut">{strings.answerCut}</p>}
      {showNotices && message.retryState && <RetryNotice retryState={message.retryState} actions={actions} />}
      {showNotices && message.error && <ErrorNotice error={message.error} />}
      <footer className="message-footer">
        <span className="message-status">{strings.status[message.status]}</span>
        <time dateTime={message.createdAt}>{formatTime(message.createdAt, strings.locale)}</time>
        {!editing && (
          <MessageButtons message={message} view={view} actions={actions} onEdit={() => setEditing(true)} />
        )}
      </footer>
    </article>
  )
})
