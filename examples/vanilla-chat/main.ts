import type { ChatTask } from 'reconvene'
import { announcement } from '../shared/announcement.js'
import type { MessageActions } from '../shared/message-actions.js'
import { bannerError } from '../shared/message-view.js'
import { openPage } from '../shared/open-page.js'
import { recordTask } from '../shared/timeline-store.js'
import { composer } from './composer.js'
import { conversationNotices } from './conversation-notices.js'
import { h, setText } from './dom.js'
import { header } from './header.js'
import { LanguageChoice } from './language.js'
import { sidePanel } from './side-panel.js'
import { transcript } from './transcript.js'

const session = openPage()
const { client, timeline, options } = session
const conversation = client.conversation(options.conversationId)
const words = new LanguageChoice(options.language)

const recorded = (task: ChatTask) => {
  recordTask(task, timeline)
  return task
}
const send = (text: string) => recorded(conversation.sendMessage(text))
const connect = () => void client.connect()

const actions: MessageActions = {
  edit: (messageId, text) => recorded(conversation.editMessage(messageId, text)),
  regenerate: (messageId) => recorded(conversation.regenerate({ messageId })),
  respondToApproval: (toolCallId, approved) =>
    recorded(conversation.respondToApproval({ toolCallId, approved })),
  answerTool: (toolCallId, output) => recorded(conversation.addToolOutput({ toolCallId, output })),
  retry: (taskId) => void conversation.retry(taskId),
  retryNow: (taskId) => void conversation.retryNow(taskId),
  cancel: (taskId) => void conversation.stop(taskId),
  discard: (taskId) => void conversation.discard(taskId),
}

const top = header(words, connect)
const messages = transcript({
  words,
  actions,
  onLoadOlder: () => conversation.loadOlder(),
  onSuggestion: send,
})
const notices = conversationNotices(words, () => conversation.clearError(), connect)
const box = composer({ words, onSend: send, onStop: () => void conversation.stop() })
const spoken = h('output', { class: 'visually-hidden' })

document
  .querySelector('#app')
  ?.append(
    h(
      'div',
      { class: 'page' },
      top.element,
      h('main', { class: 'chat' }, messages.element, notices.element, box.element),
      sidePanel(session, words),
      spoken,
    ),
  )

/** The whole page as a function of two snapshots; each part skips what did not change. */
function render() {
  const { connection } = client.getSnapshot()
  const { messages: list, status, error, retryState, hasOlder, discontinuity } = conversation.getSnapshot()
  top.update(connection)
  messages.update(list, hasOlder)
  notices.update({ error: bannerError(error, list), connection, discontinuity: Boolean(discontinuity) })
  box.update(status === 'submitted' || status === 'streaming')
  setText(spoken, announcement({ connection, status, retryState }, words.strings))
}

client.subscribe(render)
conversation.subscribe(render)
words.subscribe(render)
render()
