import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import { withFinality } from '../errors/finality.js'
import { afterLoss, checkLosses, type Losses, noLosses } from '../errors/losses.js'
import type { ChatRequests, IsWanted } from '../protocol/chat-requests.js'
import {
  type DecodeAnswer,
  decodeHistoryAnswer,
  decodeJoinAnswer,
  decodeLeaveAnswer,
  decodeSendAnswer,
  decodeStopAnswer,
} from '../protocol/decode.js'
import { inDevelopment } from '../shared/check-option.js'
import type { CodecContext } from './codec.js'
import { TokenRenewals } from './token-renewals.js'

interface Question {
  readonly event: string
  readonly payload: { readonly conversation_id: string; readonly task_id?: string }
  readonly urgent?: boolean
  readonly isWanted?: IsWanted | undefined
  /** Called if no answer comes in time. */
  readonly onTimeout?: () => void
}

/** Protocol v1 over a connection: every answer is checked, every refusal becomes an AppError. */
export function socketChatRequests(context: CodecContext): ChatRequests {
  const { connection, acknowledge: timeout, canRenew, translate } = context
  const renewals = new TokenRenewals()
  /** By request, the connections that were lost while it was unanswered, until the server says yes. */
  const lossesOf = new Map<string, Losses>()
  const reported = new Set<string>()
  let hasAnswered = false
  /** By conversation, the connection over which other things arrived while its join was left unanswered: the line is not to blame. */
  const silent = new Map<string, number | null>()
  /** When a join was first left unanswered. */
  let silentSince = Infinity

  /** An answer that is neither yes nor no counts as none. A developer is told of each field once. */
  function unreadable(event: string, field: string): AppError {
    let hint = `${event}: ${field}`
    inDevelopment(() => {
      hint = `the answer to ${event} has no usable field "${field}"; see docs/protocol.md`
    })
    if (!reported.has(hint)) {
      reported.add(hint)
      context.logger.warn('answer_unreadable', { request: event, field, hint })
    }
    return new AppError({ code: 'timeout', message: `unable to go on; ${hint}` })
  }

  async function ask<Answer extends { ok: true }>(
    question: Question,
    decode: DecodeAnswer<Answer>,
  ): Promise<Answer> {
    const { event, payload } = question
    const key = `${event} ${payload.task_id ?? payload.conversation_id}`
    const losses = lossesOf.get(key) ?? noLosses
    // A request that is given up begins anew if a person asks again.
    lossesOf.delete(key)
    if (losses.total > 0) checkLosses(losses)
    return request(question, key, losses.total, decode).catch((error: unknown) => {
      const after = error instanceof ConnectionLost ? afterLoss(losses, error.suspicion) : losses
      if (after.total > 0) lossesOf.set(key, after)
      throw error
    })
  }

  async function request<Answer extends { ok: true }>(
    { event, payload, urgent, isWanted, onTimeout }: Question,
    key: string,
    losses: number,
    decode: DecodeAnswer<Answer>,
  ): Promise<Answer> {
    const { connectionId } = connection
    const given = await connection
      .request(event, payload, { timeout, urgent, losses, isWanted })
      .catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'timeout') onTimeout?.()
        throw error
      })
    hasAnswered = true
    const answer = decode(given)
    if (answer === null) throw unreadable(event, decode.badField(given))
    if (answer.ok) {
      renewals.forget(key)
      return answer
    }
    const error = translate(answer.error)
    if (
      error.code !== 'token_expired' ||
      !canRenew ||
      !renewals.mayRenew(key, connectionId, context.clock.now())
    )
      throw withFinality(error)
    connection.reconnectWithNewToken(connectionId)
    throw new ConnectionLost()
  }

  return {
    isIdempotent: true,
    async join(payload, isWanted) {
      const { connectionId } = connection
      const askedAt = context.clock.now()
      // Joining is also the question "are you alive"; no answer to it means no. A refusal, even one that speaks of a
      // time-out of the server's own, or an answer that can't be read, is a sign of life.
      const onTimeout = () => {
        context.logger.warn('join_unanswered', { hint: noProtocol() })
        const { conversation_id: id } = payload
        const isKnown = silent.get(id) === connectionId
        if (!isKnown && connection.reconnectIfSilent(connectionId, askedAt)) silent.set(id, connectionId)
        // One unanswered join may be the network's fault. The next one is asked over a connection that is alive.
        if (!hasAnswered && askedAt > silentSince) throw unsupportedProtocol()
        silentSince = Math.min(silentSince, context.clock.now())
      }
      const answer = await ask({ event: 'chat:join', payload, isWanted, onTimeout }, decodeJoinAnswer)
      silent.delete(payload.conversation_id)
      connection.setReconnectSpread(answer.reconnect_spread_ms)
      return answer
    },
    send: (payload, isWanted) => ask({ event: 'chat:send', payload, isWanted }, decodeSendAnswer),
    retry: (payload, isWanted) => ask({ event: 'chat:retry', payload, isWanted }, decodeSendAnswer),
    stop: (payload, isWanted) =>
      ask({ event: 'chat:stop', payload, urgent: true, isWanted }, decodeStopAnswer),
    history: (payload) => ask({ event: 'chat:history', payload }, decodeHistoryAnswer),
    async leave(conversationId) {
      await ask({ event: 'chat:leave', payload: { conversation_id: conversationId } }, decodeLeaveAnswer)
    },
  }
}

/** Joining goes on, because a server that hangs looks the same. */
const unsupportedProtocol = () =>
  new AppError({
    code: 'unsupported_protocol',
    retryable: true,
    message: `unable to join; ${noProtocol()}`,
  })

/** For the developer; a visitor's page has a word. */
function noProtocol(): string {
  let hint = 'no answer'
  inDevelopment(() => {
    hint =
      'a server that does not answer has no ChatServer attached, or speaks no protocol v1: see plainCodec'
  })
  return hint
}
