import { describe, expect, it } from 'vitest'
import { boundedLogger } from '../../src/shared/bounded-logger.js'
import { VirtualClock } from '../support/virtual-clock.js'

function setUp(levels?: Parameters<typeof boundedLogger>[2]) {
  const clock = new VirtualClock()
  const lines: unknown[] = []
  const write = (event: string, fields?: object) => void lines.push([event, fields ?? {}])
  const logger = boundedLogger({ debug: write, info: write, warn: write, error: write }, clock, levels)
  return { clock, lines, logger }
}

describe('a log that a peer tries to fill', () => {
  it('gets ten lines a second, and the number of those left out', async () => {
    const { clock, lines, logger } = setUp()
    for (let line = 0; line < 1000; line++) logger.warn('bad', { line })
    expect(lines).toHaveLength(10)
    await clock.advance(1000)
    logger.error('later')
    expect(lines.at(-1)).toEqual(['later', { linesLeftOut: 990 }])
    logger.error('last')
    expect(lines.at(-1)).toEqual(['last', {}])
  })

  it('keeps the lines of the levels that are not bounded', () => {
    const { lines, logger } = setUp(['warn'])
    for (let line = 0; line < 100; line++) logger.info('connection')
    for (let line = 0; line < 100; line++) logger.warn('bad')
    expect(lines).toHaveLength(110)
  })
})
