import type { ChatMessage } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import type { MessageAction, MessageView } from '../shared/message-view.js'
import { useLanguage } from './language.js'

interface MessageButtonsProps {
  readonly message: ChatMessage
  readonly view: MessageView
  readonly actions: MessageActions
  readonly onEdit: () => void
}

export function MessageButtons({ message, view, actions, onEdit }: MessageButtonsProps) {
  const { strings } = useLanguage()
  const { id, taskId = '' } = message
  const perform: Record<MessageAction, () => void> = {
    edit: onEdit,
    regenerate: () => actions.regenerate(id),
    retry: () => actions.retry(taskId),
    discard: () => actions.discard(taskId),
  }
  return view.actions.map((action) => (
    <button key={action} type="button" className="quiet" data-action={action} onClick={perform[action]}>
      {strings[action]}
    </button>
  ))
}
