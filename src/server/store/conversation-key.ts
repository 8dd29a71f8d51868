/**
 * A conversation of one scope: its owner, a room or a team. Conversations of the same id in two scopes never meet: not
 * in a store, a cache or a room.
 */
export type ConversationKey = string & { readonly brand: 'ConversationKey' }

/** JSON, because joining with a separator lets `a:b` + `c` collide with `a` + `b:c`. */
export function conversationKey(scope: string, conversationId: string): ConversationKey {
  return JSON.stringify([scope, conversationId]) as ConversationKey
}

export function splitConversationKey(key: ConversationKey): { scope: string; conversationId: string } {
  const [scope, conversationId] = JSON.parse(key) as [string, string]
  return { scope, conversationId }
}
