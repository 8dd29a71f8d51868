import { expect, it } from 'vitest'
import { EndComparer } from '../../../src/server/redis/end-comparer.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { recordingLogger } from '../store/recording-logger.js'

function begin() {
  const clock = new VirtualClock()
  const logger = recordingLogger()
  const compared: string[] = []
  const state = { isLoading: true }
  const comparer = new EndComparer({
    compare: async (channel) => {
      if (state.isLoading) throw new Error('LOADING Redis is loading the dataset in memory')
      compared.push(channel)
    },
    logger,
    clock,
  })
  return { clock, logger, compared, state, comparer }
}

it('asks until Redis has read its data, with one line in the log for each time', async () => {
  const { clock, logger, compared, state, comparer } = begin()
  comparer.compare(['one', 'two'])
  await clock.advance(2500)
  expect(logger.lines).toHaveLength(3)
  comparer.compare(['two', 'three'])
  state.isLoading = false
  await clock.advance(1000)
  expect(compared.toSorted()).toEqual(['one', 'three', 'two'])
  expect([logger.lines.length, clock.pending]).toEqual([3, 0])
  comparer.compare(['one'])
  await clock.advance(0)
  expect(compared).toHaveLength(4)
})

it('asks no more after the store was closed', async () => {
  const { clock, compared, comparer, state } = begin()
  comparer.compare(['one'])
  await clock.advance(500)
  comparer.close()
  state.isLoading = false
  await clock.advance(5000)
  expect([compared, clock.pending]).toEqual([[], 0])
})
