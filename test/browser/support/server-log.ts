import { io } from 'socket.io-client'
import type { Fault } from '../../../examples/mock-server/fault-plan.js'
import { ChatClient, messageText } from '../../../src/index.js'
import { until } from '../../support/until.js'
import type { Whereabouts } from './chat-page.js'

/** A second reader of the user's conversation, outside the browser: the conversation as the server has it. */
export async function readFromServer({ user, conversationId, serverUrl }: Whereabouts): Promise<string[]> {
  const client = new ChatClient({ url: serverUrl, auth: user, locale: 'en' })
  try {
    const conversation = client.conversation(conversationId)
    conversation.subscribe(() => {})
    const messages = await until(
      () => {
        const { messages: read } = conversation.getSnapshot()
        return read.length > 0 && read
      },
      { subscribe: conversation.subscribe },
    )
    return messages.map((message) => `${message.role}: ${messageText(message).trim()} (${message.status})`)
  } finally {
    await client.close()
  }
}

/** Plans a fault that no button has. */
export async function planFault({ user, serverUrl }: Whereabouts, fault: Fault) {
  const socket = io(serverUrl, { auth: { protocol: 1, token: user }, forceNew: true })
  try {
    const answer = await socket.timeout(10_000).emitWithAck('demo:faults', fault)
    if (!answer.ok) throw new Error('unable to plan the fault; the server refused it')
  } finally {
    socket.close()
  }
}
