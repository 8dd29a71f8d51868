import type { SendInput, WireMessage } from '../../protocol/events.js'
import { publicPart } from '../conversation/leaving.js'

/** A person's input as it is stored: without the fields that only the server may set, and with its author. */
export function storedInput(input: SendInput, author: WireMessage['author']): SendInput {
  return 'message' in input ? { ...input, message: ownMessage(input.message, author) } : input
}

function ownMessage(message: WireMessage, author: WireMessage['author']): WireMessage {
  const { status, task_id, attempt, error, finish_reason, author: _claimed, ...own } = message
  return { ...own, parts: own.parts.map(publicPart) as WireMessage['parts'], ...(author && { author }) }
}
