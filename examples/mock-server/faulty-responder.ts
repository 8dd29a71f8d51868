import type { Respond } from 'reconvene/server'
import { type Clock, systemClock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { Fault, FaultPlan } from './fault-plan.js'

class KeyError extends Error {
  override readonly name = 'KeyError'
}

class UpstreamTimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** A responder that fails as planned before it begins, with the errors that real backends throw, secrets in their texts. */
export function faultyResponder(respond: Respond, faults: FaultPlan, clock: Clock = systemClock): Respond {
  return async function* (request) {
    const user = request.user?.id ?? ''
    const fault = faults.take(user, 'key_error', 'connection_reset', 'timeout', 'unknown', 'slow')
    if (fault) await fail(fault, clock, request.signal)
    yield* respond(request)
  }
}

async function fail({ kind, ms = 2000 }: Fault, clock: Clock, signal: AbortSignal) {
  switch (kind) {
    case 'slow':
      return delay(ms, { clock, signal })
    case 'timeout':
      await delay(ms, { clock, signal })
      throw new UpstreamTimeoutError('unable to reach model-7.internal; no answer')
    case 'key_error':
      throw new KeyError("'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'")
    case 'connection_reset':
      throw Object.assign(new Error('read ECONNRESET 10.0.0.7:6379'), { code: 'ECONNRESET' })
    default:
      throw new Error('could not connect to postgres://chat:hunter2@db.internal/chat')
  }
}
