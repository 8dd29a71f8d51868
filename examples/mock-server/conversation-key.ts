/** A conversation of one user. Two users' conversations of the same id never meet: not in the log, a cache or a room. */
export type ConversationKey = string & { readonly brand: 'ConversationKey' }

/** JSON, because joining with a separator lets `a:b` + `c` collide with `a` + `b:c`. */
export function conversationKey(user: string, conversationId: string): ConversationKey {
  return JSON.stringify([user, conversationId]) as ConversationKey
}

export function splitConversationKey(key: ConversationKey): { user: string; conversationId: string } {
  const [user, conversationId] = JSON.parse(key) as [string, string]
  return { user, conversationId }
}
