import type { ChatClient } from '../chat-client.js'
import type { ConnectionState } from '../connection/connection-state.js'
import type { ConversationSnapshot } from '../conversation/conversation-state.js'
import { checkOption } from '../shared/check-option.js'
import { type ChatActions, useActions } from './chat-actions.js'
import { useChatClient } from './chat-provider.js'
import { useConnectionOf } from './use-connection.js'
import { useSnapshot } from './use-conversation.js'

export interface UseChatOptions {
  /** May change at any time: the next render shows that conversation, and nothing of the one before. */
  readonly conversationId: string
  /** @default the client of the nearest ChatProvider */
  readonly client?: ChatClient | undefined
}

export interface UseChatResult extends ConversationSnapshot, ChatActions {
  readonly connection: ConnectionState
  /** The number of the next retry: 1 for the first retry; 0 while no retry is planned. */
  readonly retryAttempt: number
}

/**
 * All of a conversation, for a page of ordinary size. Connects and joins. The actions are stable; the conversation's
 * fields change at most once a frame.
 *
 * @throws TypeError, RangeError if the options are missing or `conversationId` is not a string with something in it.
 */
export function useChat(options: UseChatOptions): UseChatResult {
  checkOption('the options of useChat', options, 'object', 'an object with a conversationId')
  const { conversationId, client: given } = options
  const client = useChatClient(given)
  const snapshot = useSnapshot(client, conversationId, whole)
  const connection = useConnectionOf(client)
  const actions = useActions(client, conversationId)
  const retryAttempt = snapshot.retryState ? snapshot.retryState.attempt - 1 : 0
  return { ...snapshot, ...actions, connection, retryAttempt }
}

const whole = (snapshot: ConversationSnapshot) => snapshot
