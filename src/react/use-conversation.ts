import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { ChatClient } from '../chat-client.js'
import type { Conversation } from '../conversation/conversation.js'
import { type ConversationSnapshot, snapshotOf } from '../conversation/conversation-state.js'
import { emptyLog } from '../conversation/log-state.js'
import type { ChatMessage } from '../conversation/message.js'
import { checkFunction } from '../shared/check-option.js'
import { useChatClient } from './chat-provider.js'
import { messageListeners } from './message-listeners.js'
import { useStore } from './use-store.js'

/**
 * A part of a conversation, such as `({ messages }) => messages.length`. Connects and joins. The component renders anew
 * only when that part changes, told by `Object.is`; so a selector should return something that the snapshot holds, not
 * make an object anew. It may be written inline.
 *
 * @throws TypeError, RangeError where `conversationId` is not a string with something in it, or `selector` no function.
 */
export function useConversation<Part>(
  conversationId: string,
  selector: (snapshot: ConversationSnapshot) => Part,
): Part {
  checkFunction('selector', selector)
  return useSnapshot(useChatClient(), conversationId, selector)
}

/** One message; undefined while there is none of this id. For a row of a long list: only the row that changed renders. */
export function useMessage(conversationId: string, messageId: string): ChatMessage | undefined {
  const conversation = useConversationOf(useChatClient(), conversationId)
  const select = useMemo(() => messageSelector(messageId), [messageId])
  const store = useMemo(
    () => ({
      subscribe: (listener: () => void) => messageListeners(conversation).add(messageId, listener),
      getSnapshot: conversation.getSnapshot,
    }),
    [conversation, messageId],
  )
  return useStore(store, useUnknown(conversationId), select)
}

/** Looks first where the message was last. */
function messageSelector(id: string) {
  let index = -1
  return ({ messages }: ConversationSnapshot): ChatMessage | undefined => {
    if (messages[index]?.id !== id) index = messages.findLastIndex((message) => message.id === id)
    return messages[index]
  }
}

export function useSnapshot<Part>(
  client: ChatClient,
  conversationId: string,
  select: (snapshot: ConversationSnapshot) => Part,
): Part {
  const conversation = useConversationOf(client, conversationId)
  return useStore(conversation, useUnknown(conversationId), select)
}

function useConversationOf(client: ChatClient, id: string): Conversation {
  // The client tells when it has another conversation of this id: after signOut(), nothing of the old one may stay.
  const find = useCallback(() => client.conversation(id), [client, id])
  return useSyncExternalStore(client.subscribe, find, find)
}

/** What a server renders, and hydration begins with. */
const useUnknown = (id: string): ConversationSnapshot => useMemo(() => snapshotOf(id, unknownState), [id])

const unknownState = { log: emptyLog, local: [], error: null, discontinuity: null }
