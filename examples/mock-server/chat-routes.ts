import type { Socket } from 'socket.io'
import * as v from 'valibot'
import { badFieldOf, requestSchemas } from '../../src/server/schemas.js'
import type { ConversationHandler } from './conversation-handler.js'
import { conversationKey } from './conversation-key.js'
import { isFlatJson } from './is-flat-json.js'
import { refusals } from './refusals.js'
import type { Handle } from './request-guard.js'

/** What one connection may ask, by event name. A map, so that no event is called `constructor`. */
export type Routes = ReadonlyMap<string, Handle>

const deepestPayload = 64

/** The requests of protocol v1 on one user's connection. */
export function chatRoutes(socket: Socket, user: string, handler: ConversationHandler): Routes {
  const room = (conversationId: string) => conversationKey(user, conversationId)

  return new Map([
    route('chat:join', requestSchemas['chat:join'], async (request) => {
      const key = room(request.conversation_id)
      const joined = socket.rooms.has(key)
      // Before it reads: what is pushed in between comes twice, never not at all.
      await socket.join(key)
      try {
        return await handler.join(user, request)
      } catch (error) {
        if (!joined) await socket.leave(key)
        throw error
      }
    }),
    route('chat:send', requestSchemas['chat:send'], (request) => handler.send(user, request)),
    route('chat:retry', requestSchemas['chat:retry'], (request) => handler.retry(user, request)),
    route('chat:stop', requestSchemas['chat:stop'], (request) => handler.stop(user, request)),
    route('chat:history', requestSchemas['chat:history'], (request) => handler.history(user, request)),
    route('chat:leave', requestSchemas['chat:leave'], async ({ conversation_id }) => {
      await socket.leave(room(conversation_id))
      return { ok: true }
    }),
  ])
}

/** Only what fits the schema reaches the handler. */
export function route<Schema extends v.GenericSchema>(
  event: string,
  schema: Schema,
  handle: (request: v.InferOutput<Schema>) => object | Promise<object>,
): [string, Handle] {
  return [
    event,
    (payload) => {
      if (!isFlatJson(payload, deepestPayload))
        throw refusals.invalidMessage('it nests too deeply or holds bytes', 'payload')
      const parsed = v.safeParse(schema, payload)
      if (parsed.success) return handle(parsed.output)
      throw refusals.invalidMessage('a field is missing or wrong', badFieldOf(parsed.issues) ?? 'payload')
    },
  ]
}
