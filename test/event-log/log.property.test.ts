import fc from 'fast-check'
import { expect, it } from 'vitest'
import { snapshotOf } from '../../src/conversation/conversation-state.js'
import { translateError } from '../../src/errors/translate-error.js'
import { reduce } from '../../src/event-log/log-reducer.js'
import type { ReduceContext } from '../../src/event-log/log-state.js'
import { emptyLog, type LogState } from '../../src/event-log/log-state.js'
import { toArray } from '../../src/event-log/message-list.js'
import { decodeEvent } from '../../src/protocol/decode.js'
import type { ChatEvent } from '../../src/protocol/events.js'
import { joined, question, refused, said, scripted } from '../support/scripted-server.js'
import { setUp, transcript } from '../support/set-up.js'

const context: ReduceContext = {
  translate: (error) => translateError(error),
  now: 0,
  maxMessageBytes: Infinity,
}

const taskId = fc.constantFrom('t1', 't2', 't3')
const messageId = fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5')
const part = fc.nat({ max: 3 })
const attempt = fc.integer({ min: 1, max: 5 })

const tool = { type: 'tool', tool_call_id: 'c1', name: 'n', state: 'input' }

/** Events of every type in any order, most of them contradicting each other: what a lying server may send. */
const body = fc.oneof(
  fc.record({ type: fc.constant('message'), task_id: taskId, message: messageId.map((id) => question(id)) }),
  fc.record({ type: fc.constant('truncate'), task_id: taskId, from_message_id: messageId }),
  fc.record({ type: fc.constant('truncate'), from_message_id: messageId }),
  fc.record({ type: fc.constant('start'), task_id: taskId, message_id: messageId, attempt }),
  fc.record({ type: fc.constant('delta'), task_id: taskId, message_id: messageId, part, text: fc.string() }),
  fc.record({
    type: fc.constant('part'),
    task_id: taskId,
    message_id: messageId,
    part,
    value: fc.constant(tool),
  }),
  fc.record({
    type: fc.constant('retry'),
    task_id: taskId,
    try: attempt,
    max_tries: attempt,
    delay_ms: fc.nat(),
    error_code: fc.constant('temporary'),
  }),
  fc.record({ type: fc.constant('finish'), task_id: taskId, message_id: messageId }),
  fc.record({ type: fc.constant('stop'), task_id: taskId }),
  fc.record({ task_id: taskId, attempt }).map((ids) => ({ ...refused({}).error, ...ids })),
)

function expectConsistent(log: LogState) {
  const { messages, status, error, retryState } = snapshotOf('demo', {
    log,
    local: [],
    error: null,
    discontinuity: null,
    isLoading: false,
  })
  const ids = messages.map(({ id }) => id)
  expect(new Set(ids).size, 'each message once').toBe(ids.length)
  expect(toArray(log.messages)).toEqual(messages)
  expect(error).toBeNull()
  expect(status === 'error').toBe(false)
  if (status === 'ready') expect([...log.tasks.values()].every(({ state }) => state === 'failed')).toBe(true)
  if (status === 'streaming') expect(messages.some((message) => message.status === 'streaming')).toBe(true)
  if (retryState) expect(log.tasks.has(retryState.taskId)).toBe(true)
  for (const message of messages) {
    if (message.status === 'failed') expect(message.error, 'what failed says why').toBeDefined()
    expect(Object.keys(message.parts)).toHaveLength(message.parts.length)
  }
}

it('is consistent after each event, whatever the events, and changes nothing that was handed out', () => {
  fc.assert(
    fc.property(fc.array(body, { maxLength: 40 }), (bodies) => {
      let log = emptyLog
      bodies.forEach((fields, index) => {
        const event = decodeEvent(said(index + 1, fields))
        expect(event.type).toBe(fields.type)
        const before = toArray(log.messages)
        const frozen = structuredClone(before.map(({ error: _error, ...message }) => message))
        const next = reduce(log, event as ChatEvent, context)
        expect(before.map(({ error: _error, ...message }) => message)).toEqual(frozen)
        if (typeof next === 'string') return
        const after = toArray(next.messages)
        const changed = after.filter((message) => !before.includes(message))
        // Those that an event is not about stay the same objects, so that a page needn't draw them again.
        expect(changed.length).toBeLessThanOrEqual(2)
        log = next
        expectConsistent(log)
      })
    }),
    { numRuns: 500 },
  )
}, 60_000)

it('never crashes a client, nor makes it ask without end, whatever the events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { maxLength: 30 }),
      fc.array(fc.nat({ max: 40 })),
      async (bodies, offsets) => {
        const { clock, client, conversation, push, asked, clientClock } = scripted({
          'chat:join': ({ after }) => joined({ offset: (after as { offset?: number } | null)?.offset ?? 0 }),
        })
        conversation.subscribe(() => {})
        await clock.advance(20)
        for (const [index, fields] of bodies.entries()) push(said(offsets[index] ?? index + 1, fields))
        await clock.advance(60_000)
        expectSnapshot(conversation.getSnapshot().messages)
        expect(asked('chat:join').length).toBeLessThan(80)
        await client.close()
        expect(clientClock.pending).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

function expectSnapshot(messages: readonly { id: string }[]) {
  expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length)
}

it('gives the same messages from one join, from single pushes, and from a snapshot and the rest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 12 }),
      async (cutAt, acts) => {
        let run = 0
        const { clock, conversation, makeClient } = setUp({
          server: { maxBacklog: 10_000 },
          responder: {
            words: 3,
            fail: () => (++run % 5 === 0 ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
          },
          client: { retryBudget: false },
        })
        conversation.subscribe(() => {})
        const late: ReturnType<typeof makeClient>[] = []
        for (const [index, act] of acts.entries()) {
          const { messages } = conversation.getSnapshot()
          const user = messages.find(({ role, status }) => role === 'user' && status === 'sent')
          if (act <= 1) conversation.sendMessage(`message ${index}`)
          else if (act === 2) conversation.regenerate()
          else if (act === 3 && user) conversation.editMessage(user.id, `edit ${index}`)
          else void conversation.stop()
          // Some look on from here: they begin with a snapshot, in the middle of whatever goes on.
          if (index % cutAt === 0) {
            const onlooker = makeClient()
            onlooker.conversation('demo').subscribe(() => {})
            late.push(onlooker)
          }
          await clock.advance(37 * (act + 1))
        }
        await clock.advance(60_000)
        const truth = transcript(
          conversation.getSnapshot().messages.filter(({ error }) => error?.code !== 'unknown_message'),
        )
        for (const onlooker of late) {
          const seen = onlooker.conversation('demo').getSnapshot()
          expect(transcript(seen.messages)).toEqual(truth)
          expect(seen.discontinuity).toBeNull()
          expect(seen.status).not.toBe('submitted')
        }
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)
