import { describe, expect, it } from 'vitest'
import { RecordEvents } from '../../../src/server/store/record-events.js'
import type { PlacedEvent, StoredEvent } from '../../../src/server/store/stored-event.js'

const delta = (
  text: string,
  to: { part?: number; message_id?: string; task_id?: string } = {},
): StoredEvent => ({
  ...{ type: 'delta', task_id: 't', message_id: 'm', part: 0, text },
  ...to,
})

const mixed: StoredEvent[] = [
  { type: 'start', task_id: 't', message_id: 'm', attempt: 1 },
  delta('one '),
  delta('two '),
  delta('a thought', { part: 1 }),
  delta('three '),
  delta('signed', { part: 0 }),
  { type: 'delta', task_id: 't', message_id: 'm', part: 0, text: 'kept', private: { signature: 's' } },
  delta('four '),
  delta('of another answer', { message_id: 'n' }),
  delta('of another task', { message_id: 'n', task_id: 'u' }),
  delta('its next word', { message_id: 'n', task_id: 'u' }),
  { type: 'finish', task_id: 't', message_id: 'm' },
]

/** Events after a fold: their offsets do not begin at 1, and each has a time of its own. */
const placed: PlacedEvent[] = mixed.map((event, index) => ({
  offset: 101 + index,
  at: 1_700_000_000_000 + 7 * index,
  event,
}))

describe('the events of a record', () => {
  it('are those that came, one by one', () => {
    expect([...new RecordEvents(placed)]).toEqual(placed)
    expect(new RecordEvents(placed)).toHaveLength(placed.length)
  })

  it.each(placed.map((_, index) => index))('are those that came, from the one at index %i on', (index) => {
    expect(new RecordEvents(placed).slice(index)).toEqual(placed.slice(index))
  })

  it('are none after the last one, and none if none came', () => {
    expect(new RecordEvents(placed).slice(placed.length)).toEqual([])
    expect(new RecordEvents().slice()).toEqual([])
    expect([...new RecordEvents()]).toEqual([])
  })

  it('stay as they were for a reader, although more words come', () => {
    const events = new RecordEvents(placed.slice(0, 2))
    const read = events.slice()
    for (const event of placed.slice(2)) events.push(event)
    expect(read).toEqual(placed.slice(0, 2))
  })
})
