import { answerDecoder } from './decode-answer.js'
import type { Broadcast, BroadcastAnswer } from './events.js'
import { isDefined, isId, object, oneOf, optional } from './is.js'
import { isAuthor } from './is-message.js'

/** Answers `chat:broadcast`. */
export const decodeBroadcastAnswer = answerDecoder<BroadcastAnswer>({ ok: oneOf(true) })

const isBroadcast = object<Broadcast>({
  conversation_id: isId,
  name: isId,
  value: isDefined,
  from: optional(isAuthor),
})

/** A push of `chat:broadcast`. */
export const decodeBroadcast = (value: unknown): Broadcast | null => (isBroadcast(value) ? value : null)
