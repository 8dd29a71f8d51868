import { translateError } from '../../errors/translate-error.js'
import type { ChatMessage } from '../../message/message.js'
import { messageFromWire } from '../../message/wire-message.js'
import type { StoredMessage } from '../store/stored-event.js'

/** A message as the app's code sees it, on this side as on the client's. Parts keep their provider's private data. */
export const toChatMessage = (message: StoredMessage): ChatMessage => messageFromWire(message, translateError)
