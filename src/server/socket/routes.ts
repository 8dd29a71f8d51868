import * as v from 'valibot'
import { MAX_BROADCAST_BYTES, type SendInput, type WireMessage } from '../../protocol/events.js'
import { bytesOf } from '../conversation/snapshot.js'
import type { ChatCore } from '../engine/chat-core.js'
import { isFlatJson } from '../is-flat-json.js'
import { refusals } from '../refusals.js'
import { badFieldOf, requestSchemas } from '../schemas.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { Action } from './access.js'

/**
 * Answers one request, or throws.
 *
 * @param admit counts something new. It throws AppError `rate_limited`.
 */
export type Handle = (payload: unknown, admit: () => void) => object | Promise<object>

/** The requests of one connection, by event name. A map, so that no event is called `constructor`. */
export type Routes = ReadonlyMap<string, Handle>

/** The connection, as far as its routes need it. */
export interface RouteContext {
  readonly core: ChatCore
  readonly user: unknown
  readonly author: WireMessage['author'] | undefined
  keyFor(conversationId: string, action: Action): Promise<ConversationKey>
  /** @throws AppError if the person may not send this file. */
  checkFile(url: string): void | Promise<void>
  /** Names the connection to other nodes. */
  readonly sender: string
  enter(key: ConversationKey): Promise<boolean>
  leave(key: ConversationKey): Promise<void>
}

/** The bounds of one request. */
export const payloadBounds = { levels: 64, values: 50_000 }

/** The requests of protocol v1 on one connection. */
export function chatRoutes(context: RouteContext): Routes {
  const { core } = context
  return new Map([
    route('chat:join', requestSchemas['chat:join'], async (request) => {
      const key = await context.keyFor(request.conversation_id, 'read')
      // Before it reads: what is pushed in between comes twice, never not at all.
      const isNew = await context.enter(key)
      try {
        return await core.join(key, request)
      } catch (error) {
        if (isNew) await context.leave(key)
        throw error
      }
    }),
    route('chat:send', requestSchemas['chat:send'], async (request, admit) => {
      const { input } = request
      const key = await context.keyFor(request.conversation_id, input.kind === 'tool' ? 'approve' : 'send')
      await checkFiles(input, context)
      const { user, author } = context
      return core.send(key, { user, admit, ...(author && { author }) }, request)
    }),
    route('chat:retry', requestSchemas['chat:retry'], async (request, admit) =>
      core.retry(await context.keyFor(request.conversation_id, 'send'), { admit }, request),
    ),
    route('chat:stop', requestSchemas['chat:stop'], async (request) =>
      core.stop(await context.keyFor(request.conversation_id, 'stop'), request),
    ),
    route('chat:history', requestSchemas['chat:history'], async (request) =>
      core.history(await context.keyFor(request.conversation_id, 'read'), request),
    ),
    route('chat:broadcast', requestSchemas['chat:broadcast'], async ({ conversation_id, name, value }) => {
      const bytes = bytesOf(value)
      if (bytes > MAX_BROADCAST_BYTES) throw refusals.messageTooLarge(bytes, MAX_BROADCAST_BYTES)
      const { author, sender } = context
      const key = await context.keyFor(conversation_id, 'broadcast')
      core.broadcast(key, name, value, { sender, ...(author && { from: author }) })
      return { ok: true }
    }),
    route('chat:leave', requestSchemas['chat:leave'], async ({ conversation_id }) => {
      await context.leave(await context.keyFor(conversation_id, 'read'))
      return { ok: true }
    }),
  ])
}

/** Only what fits the schema reaches the handler; the cheapest check comes first. */
function route<Schema extends v.GenericSchema>(
  event: keyof typeof requestSchemas,
  schema: Schema,
  handle: (request: v.InferOutput<Schema>, admit: () => void) => object | Promise<object>,
): [string, Handle] {
  return [
    event,
    (payload, admit) => {
      if (!isFlatJson(payload, payloadBounds))
        throw refusals.invalidMessage('it nests too deeply, holds bytes or too many values', 'payload')
      const parsed = v.safeParse(schema, payload, { abortEarly: true })
      if (parsed.success) return handle(parsed.output, admit)
      throw refusals.invalidMessage('a field is missing or wrong', badFieldOf(parsed.issues) ?? 'payload')
    },
  ]
}

async function checkFiles(input: SendInput, { checkFile }: RouteContext): Promise<void> {
  if (!('message' in input)) return
  for (const part of input.message.parts) if (part.type === 'file') await checkFile(String(part.url))
}
