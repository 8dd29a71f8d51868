import { ChatClient, messageText } from '../../src/index.js'
import { recordingTransport } from '../support/recording-transport.js'
import type { Program, ProgramOptions } from './program.js'

/** A program on this SDK, with its defaults but for the time limit of an acknowledgement, which both programs share. */
export function withReconvene({ url, user, conversationId, ackTimeout }: ProgramOptions): Program {
  const { transport, sent } = recordingTransport()
  const client = new ChatClient({
    url,
    auth: user,
    locale: 'en',
    timeouts: { acknowledge: ackTimeout },
    socketOptions: { transports: ['websocket'] },
    transport,
  })
  const conversation = client.conversation(conversationId)
  let hasToldOfLoss = false
  conversation.on('discontinuity', () => {
    hasToldOfLoss = true
  })
  conversation.subscribe(() => {})
  return {
    send: (text) => {
      const { accepted, finished } = conversation.sendMessage(text)
      return { stored: accepted, answered: finished }
    },
    screen: () =>
      conversation.getSnapshot().messages.map((message) => ({
        role: message.role,
        text: messageText(message),
        hasFailed: message.role === 'user' && message.status === 'failed',
      })),
    subscribe: conversation.subscribe,
    hasToldOfLoss: () => hasToldOfLoss,
    requests: () => sent().length,
    close: () => client.close(),
  }
}
