import { expect, it } from 'vitest'
import { ErrorRecoveryManager, translateError } from '../../src/index.js'
import { answerRequest } from '../../src/server/socket/request-guard.js'
import { withRetry } from '../../src/server/with-retry.js'
import { systemClock } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import { compare, microseconds, report, timePerAsyncCall, timePerCall } from './measure.js'

const answer = { ok: true }
const operation = async () => answer
const calls = 5000

/** Microseconds that error handling may add to a call that does not fail: less than any network does, on a busy machine too. */
const mostAdded = 300

it('adds microseconds to a server’s answers that do not fail', async () => {
  const options = { clock: systemClock, createId: () => 'id', logger: silentLogger }
  const retried = withRetry()(operation)
  const guarded = () => answerRequest([{}], 'chat:send', retried, options)
  const [bare, handled] = await compare(
    () => timePerAsyncCall(calls, operation),
    () => timePerAsyncCall(calls, guarded),
  )
  report('a server’s answer', {
    bare: microseconds(bare),
    'with guard and retry': microseconds(handled),
    added: microseconds(handled - bare),
  })
  expect(handled - bare).toBeLessThan(mostAdded)
})

it('adds microseconds to a client’s operations that do not fail', async () => {
  const manager = new ErrorRecoveryManager()
  const [bare, handled] = await compare(
    () => timePerAsyncCall(calls, operation),
    () => timePerAsyncCall(calls, (index) => manager.executeWithRetry(`task ${index}`, operation)),
  )
  report('a client’s operation', {
    bare: microseconds(bare),
    'with the recovery manager': microseconds(handled),
    added: microseconds(handled - bare),
  })
  expect(handled - bare).toBeLessThan(mostAdded)
})

const errors: readonly [string, unknown][] = [
  ['a socket’s error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['an unknown error', new Error('anything')],
  ['a bare string', "'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'"],
  ['an HTTP response', { status: 503, headers: { 'retry-after': '5' } }],
  [
    'an error event',
    {
      type: 'error',
      error: 'Busy',
      error_code: 'temporary',
      code: 'overloaded',
      retryable: true,
      timestamp: '2026-01-01T00:00:00.000Z',
    },
  ],
]

it.each(errors)('translates %s in less than a millisecond', async (what, error) => {
  const measure = (locale: string) => () => timePerCall(500, () => translateError(error, { locale }))
  const [en, zh] = await compare(measure('en'), measure('zh-CN'))
  report(`translating ${what}`, { en: microseconds(en), 'zh-CN': microseconds(zh) })
  expect(Math.max(en, zh)).toBeLessThan(1000)
})
