import { useCallback, useMemo } from 'react'
import type { ChatClient } from '../chat-client.js'
import { type ConversationSnapshot, emptySnapshot } from '../conversation/conversation-state.js'
import type { ChatMessage } from '../message/message.js'
import { checkFunction } from '../shared/check-option.js'
import { useChatClient } from './chat-provider.js'
import { type SharedConversation, sharedConversation } from './shared-conversation.js'
import { useStore } from './use-store.js'

/**
 * A part of a conversation, such as `({ messages }) => messages.length`. Connects and joins. The component renders
 * only if that part changes, told by `Object.is`, so let the selector return something that the snapshot holds: a new
 * object at each call would render the component with every frame. The selector may be written inline.
 *
 * @throws TypeError, RangeError if `conversationId` is not a string with something in it, or `selector` is no function.
 */
export function useConversation<Part>(
  conversationId: string,
  selector: (snapshot: ConversationSnapshot) => Part,
): Part {
  checkFunction('selector', selector)
  return useSnapshot(useChatClient(), conversationId, selector)
}

/**
 * One message; undefined while the conversation has no message of this id. For a row of a long list: only the row whose
 * message has changed renders. Connects and joins.
 *
 * @throws TypeError, RangeError if `conversationId` is not a string with something in it.
 */
export function useMessage(conversationId: string, messageId: string): ChatMessage | undefined {
  const client = useChatClient()
  const select = useMemo(() => messageSelector(messageId), [messageId])
  const subscribe = useCallback(
    ({ messages }: SharedConversation, listener: () => void) => messages.add(messageId, listener),
    [messageId],
  )
  return useStore({ ...useShared(client, conversationId), select, subscribe })
}

/** Looks first at the index where the message was last. */
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
  return useStore({ ...useShared(client, conversationId), select })
}

/** Where a component finds the conversation, and the snapshot that a server renders. */
function useShared(client: ChatClient, id: string) {
  return useMemo(
    () => ({ find: () => sharedConversation(client, id), initial: emptySnapshot(id) }),
    [client, id],
  )
}
