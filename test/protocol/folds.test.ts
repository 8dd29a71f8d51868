import { expect, it } from 'vitest'
import { rebuild } from '../../examples/mock-server/fold-event.js'
import { takeSnapshot } from '../../examples/mock-server/snapshot.js'
import { reduce } from '../../src/event-log/log-reducer.js'
import { emptyLog, type LogState } from '../../src/event-log/log-state.js'
import { toArray } from '../../src/event-log/message-list.js'
import { translateError } from '../../src/index.js'
import { messageFromWire } from '../../src/message/wire-message.js'
import type { ChatEvent } from '../../src/protocol/events.js'
import { userMessage } from './samples.js'

const answer = { task_id: 't1', message_id: 'a1' }
const call = { type: 'tool', tool_call_id: 'x1', name: 'search' }

const bodies: object[] = [
  { type: 'message', task_id: 't1', message: userMessage },
  { type: 'start', ...answer, attempt: 1 },
  { type: 'meta', ...answer, metadata: { model: 'small', seed: 1 } },
  { type: 'delta', ...answer, part: 0, text: 'Let me ' },
  { type: 'delta', ...answer, part: 0, text: 'look.' },
  { type: 'part', ...answer, part: 1, value: { ...call, state: 'streaming' } },
  { type: 'delta', ...answer, part: 1, text: '{"query":' },
  { type: 'delta', ...answer, part: 1, text: '"Moon"}' },
  { type: 'part', ...answer, part: 1, value: { ...call, state: 'approval', input: { query: 'Moon' } } },
  { type: 'part', ...answer, part: 1, value: { ...call, state: 'denied', input: {}, reason: 'No.' } },
  { type: 'part', ...answer, part: 2, value: { type: 'source', url: 'https://x.test', media_type: 'a/b' } },
  { type: 'finish', ...answer, finish_reason: 'stop', metadata: { seed: 2 } },
]

const events = bodies.map(
  (body, index) =>
    ({ conversation_id: 'c1', epoch: 'e1', offset: index + 1, timestamp: 't', ...body }) as ChatEvent,
)

it.each(events.map(({ type }, index) => [index + 1, type]))(
  'the client and the server fold %i events, up to a %s, into the same messages',
  (count) => {
    const log = events.slice(0, Number(count))
    const read = log.reduce<LogState>((state, event) => {
      const next = reduce(state, event, { translate: translateError, now: 0 })
      if (typeof next === 'string') throw new Error(`unable to fold; the event is ${next}`)
      return next
    }, emptyLog)
    const stored = rebuild({ epoch: 'e1', steps: [{ events: log }] })
    const { messages } = takeSnapshot(stored, 100, new Map())
    expect(toArray(read.messages)).toEqual(
      messages.map((message) => messageFromWire(message, translateError)),
    )
  },
)
