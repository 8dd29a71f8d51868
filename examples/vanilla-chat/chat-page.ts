import type { ChatTask, Conversation } from 'reconvene'
import { announcement } from '../shared/announcement.js'
import { keepFocus } from '../shared/keep-focus.js'
import { messageActions } from '../shared/message-actions.js'
import { bannerError, bannerRetry } from '../shared/message-view.js'
import type { Session } from '../shared/open-page.js'
import { composer } from './composer.js'
import { conversationNotices } from './conversation-notices.js'
import { h, setText } from './dom.js'
import { header } from './header.js'
import { LanguageChoice } from './language.js'
import { type PanelTools, sidePanel } from './side-panel.js'
import { transcript } from './transcript.js'

/** The objects that the tools in the side panel work on. */
export interface PageContext {
  readonly session: Session
  readonly words: LanguageChoice
  readonly conversation: Conversation
  readonly send: (text: string) => ChatTask
}

/** The whole page: the conversation, and beside it a panel with the given tools and a timeline. */
export function chatPage(session: Session, toolsOf: (context: PageContext) => PanelTools): HTMLElement {
  const { client, record, options } = session
  const conversation = client.conversation(options.conversationId)
  const words = new LanguageChoice(options.language)

  const actions = messageActions(conversation, (task) => record.followTask(task))
  const connect = () => client.connect()
  const send = (text: string) => {
    const task = conversation.sendMessage(text)
    record.followTask(task)
    return task
  }

  const top = header(words, connect)
  const messages = transcript({
    words,
    actions,
    onLoadOlder: () => conversation.loadOlder(),
    onSuggestion: send,
  })
  const notices = conversationNotices({
    words,
    actions,
    onDismiss: () => conversation.clearError(),
    onConnect: connect,
  })
  const box = composer({
    words,
    onSend: send,
    onStop: () => void conversation.stop(),
    onRefused: () => render(),
  })
  const spoken = h('output', { class: 'visually-hidden' })

  const page = h(
    'div',
    { class: 'page' },
    top.element,
    h('main', { class: 'chat' }, messages.element, notices.element, box.element),
    sidePanel(record, words, toolsOf({ session, words, conversation, send })),
    spoken,
  )
  keepFocus(page)

  /** The whole page as a function of two snapshots; each part skips what did not change. */
  function render() {
    const { connection } = client.getSnapshot()
    const snapshot = conversation.getSnapshot()
    const { messages: list, status, error, retryState, discontinuity } = snapshot
    top.update(connection)
    messages.update(snapshot, record.getSnapshot().undelivered)
    notices.update({
      error: bannerError(error, list, box.refusal()),
      retryState: bannerRetry(retryState, list),
      canRetryNow: retryState !== null && client.recovery.retryQueue.has(retryState.taskId),
      connection,
      discontinuity: discontinuity !== null,
    })
    box.update(status === 'submitted' || status === 'streaming')
    setText(spoken, announcement({ connection, status, retryState }, words.strings))
  }

  client.subscribe(render)
  conversation.subscribe(render)
  words.subscribe(render)
  record.subscribe(render)
  render()
  return page
}
