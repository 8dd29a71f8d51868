import type { SendInput, WireMessage } from '../../protocol/events.js'
import { publicPart } from '../conversation/leaving.js'

/** What is stored of a person's input: without what only the server may say, and with who wrote it. */
export function storedInput(input: SendInput, author: WireMessage['author']): SendInput {
  return 'message' in input ? { ...input, message: ownMessage(input.message, author) } : input
}

function ownMessage(message: WireMessage, author: WireMessage['author']): WireMessage {
  const { status, task_id, attempt, error, finish_reason, author: _claimed, ...own } = message
  return { ...own, parts: own.parts.map(publicPart) as WireMessage['parts'], ...(author && { author }) }
}
