import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type ConversationKey, splitConversationKey } from './conversation-key.js'

/** Ids hold any character and any case; file names can't. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

export const EXTENSION = '.jsonl'

/** The folder of a scope's conversations. */
export function scopeFolder(root: string, key: ConversationKey): string {
  const hash = hashOf(splitConversationKey(key).scope)
  return join(root, 'conversations', hash.slice(0, 2), hash)
}

export const conversationPath = (root: string, key: ConversationKey): string =>
  join(scopeFolder(root, key), `${hashOf(key)}${EXTENSION}`)
