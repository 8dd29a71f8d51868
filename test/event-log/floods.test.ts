import { expect, it } from 'vitest'
import type { Logger } from '../../src/index.js'
import { said, watched } from '../support/scripted-server.js'

const floods = {
  'that cannot be read': (offset: number) =>
    said(offset, { type: 'delta', task_id: 't', message_id: 'a', part: 0, text: 7 }),
  'that cannot follow': (offset: number) =>
    said(offset, {
      type: 'part',
      task_id: 't',
      message_id: 'a',
      part: 9,
      value: { type: 'text', text: 'x' },
    }),
  'of an unknown type': (offset: number) => said(offset, { type: 'unheard', text: 'x' }),
  'that are no events': () => 'junk',
}

it.each(Object.entries(floods))(
  'ten thousand events a second %s cost ten log lines and one event “discontinuity” a second',
  async (_name, event) => {
    const lines: string[] = []
    const line = (name: string) => void lines.push(name)
    const logger: Logger = { debug: () => {}, info: line, warn: line, error: line }
    const { push, clock, conversation } = await watched({}, { logger })
    push(said(1, { type: 'start', task_id: 't', message_id: 'a', attempt: 1 }))
    let told = 0
    conversation.on('discontinuity', () => void told++)
    const before = lines.length
    for (let n = 0; n < 30_000; n++) {
      push(event(2 + n))
      if (n % 100 === 0) await clock.advance(10)
    }
    expect(lines.length - before).toBeGreaterThan(0)
    expect(lines.length - before).toBeLessThanOrEqual(4 * 10)
    expect(told).toBeLessThanOrEqual(4)
  },
)
