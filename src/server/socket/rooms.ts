import type { ConversationKey } from '../store/conversation-key.js'

/** The Socket.IO room of a conversation; an app's own rooms have other names. */
export const roomOf = (key: ConversationKey): string => `reconvene:${key}`
