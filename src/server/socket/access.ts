import type { Clock } from '../../shared/clock.js'
import type { ChatUser, UserWithId } from '../respond.js'
import { type ConversationKey, conversationKey } from '../store/conversation-key.js'
import { decided } from './app-decision.js'

/**
 * `read`: join and page; `send`: send, edit, regenerate, retry; `stop`; `approve`: answer a tool call; `broadcast`.
 */
export type Action = 'read' | 'send' | 'stop' | 'approve' | 'broadcast'

export interface AccessRequest<User extends UserWithId = ChatUser> {
  readonly user: User
  readonly conversationId: string
  readonly action: Action
}

/** @returns the scope that owns the conversation, the same for all actions. @throws AppError `forbidden` */
export type Access<User extends UserWithId = ChatUser> = (
  request: AccessRequest<User>,
) => string | Promise<string>

/** Each user's conversations are the user's own. */
export const ownScope: Access = ({ user }) => user.id

/** @throws the error of `access`; AppError `timeout` after 5 s; TypeError if it returned no scope. */
export async function keyFor(access: Access, request: AccessRequest, clock: Clock): Promise<ConversationKey> {
  const scope = await decided('access', () => access(request), clock)
  if (typeof scope !== 'string' || scope.length < 1 || scope.length > 128)
    throw new TypeError('unable to use what access returned; expected a string of 1 to 128 characters')
  return conversationKey(scope, request.conversationId)
}
