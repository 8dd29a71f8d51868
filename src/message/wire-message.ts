import type { AppError } from '../errors/app-error.js'
import type { UnknownWirePart, WireMessage, WirePart } from '../protocol/events.js'
import type { ChatMessage, ChatPart, MessageStatus } from './message.js'

export type Translate = (error: unknown) => AppError

/** Unknown fields and unknown part types are kept, so that a newer server's data survives an older client. */
export function partFromWire(part: WirePart | UnknownWirePart): ChatPart {
  if (part.type === 'tool') {
    const { tool_call_id: toolCallId, input_text: inputText, ...rest } = part
    return { ...rest, toolCallId, ...(inputText !== undefined && { inputText }) } as ChatPart
  }
  if (part.type === 'file' || part.type === 'source') {
    const { media_type: mediaType, ...rest } = part
    return { ...rest, ...(mediaType !== undefined && { mediaType }) } as ChatPart
  }
  return part as ChatPart
}

export function partToWire(part: ChatPart): WirePart {
  if (part.type === 'tool') {
    const { toolCallId: tool_call_id, inputText: input_text, ...rest } = part
    return { ...rest, tool_call_id, ...(input_text !== undefined && { input_text }) }
  }
  if (part.type === 'file') {
    const { mediaType: media_type, ...rest } = part
    return { ...rest, media_type }
  }
  if (part.type === 'source') {
    const { mediaType: media_type, ...rest } = part
    return { ...rest, ...(media_type !== undefined && { media_type }) }
  }
  return part
}

/** A person's message is `sent` once it is in the log; `complete` and `stopped` are said of answers. */
function statusFromWire({ role, status = 'complete' }: WireMessage): MessageStatus {
  return role === 'user' && status !== 'failed' ? 'sent' : status
}

/** @param translate needed for a message that may carry an error. */
export function messageFromWire(
  wire: WireMessage,
  translate: Translate | undefined,
  taskId = wire.task_id,
  status: MessageStatus = statusFromWire(wire),
): ChatMessage {
  return {
    id: wire.id,
    role: wire.role,
    parts: wire.parts.map(partFromWire),
    createdAt: wire.created_at,
    status,
    ...(wire.author && { author: wire.author }),
    ...(taskId !== undefined && { taskId }),
    ...(wire.error && translate && status === 'failed' && { error: translate(wire.error) }),
    ...(wire.metadata && { metadata: wire.metadata }),
    ...(wire.finish_reason !== undefined && { finishReason: wire.finish_reason }),
  }
}
