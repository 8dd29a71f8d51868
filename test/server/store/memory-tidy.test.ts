import { expect, it } from 'vitest'
import { type ConversationKey, conversationKey } from '../../../src/server/store/index.js'
import { MemoryKeeper } from '../../../src/server/store/memory-keeper.js'
import { newRecord } from '../../../src/server/store/record.js'
import { silentLogger } from '../../../src/shared/logger.js'
import { VirtualClock } from '../../support/virtual-clock.js'

it('expired conversations that are joined keep no others in memory', async () => {
  const clock = new VirtualClock()
  const forgotten: ConversationKey[] = []
  const keeper = new MemoryKeeper({
    ...{ maxBytes: 1_000_000, clock, logger: silentLogger },
    onForgotten: (key) => forgotten.push(key),
  })
  const put = (scope: string, id: string) => {
    const record = newRecord(conversationKey(scope, id), 'e')
    keeper.onWritten(Object.assign(record, { lastAt: clock.now(), keepMs: 1000 }))
  }
  for (let index = 0; index < 100; index += 1) put('joined', `c${index}`)
  put('left', 'c')
  await clock.advance(2000)
  keeper.tidy((key) => key.includes('joined'))
  expect(keeper.conversationsInScope(conversationKey('left', 'c'))).toBe(0)
  expect(forgotten).toEqual([conversationKey('left', 'c')])
})
