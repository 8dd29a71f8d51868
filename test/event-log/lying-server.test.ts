import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { answered, joined, question, refused, said, scripted, snapshot } from '../support/scripted-server.js'
import { outcome, transcript } from '../support/set-up.js'

const hour = 3_600_000

/** The waits end at five seconds, jittered; and something to begin with. */
const maxJoinsIn = (ms: number) => ms / 2500 + 50

const held = { offset: 3, snapshot: snapshot(3, { messages: [question('u1'), answered('a1')] }) }

describe('a server that makes its clients ask', () => {
  it('is asked ever more rarely where pushes of another epoch contradict every join', async () => {
    const { clock, conversation, asked, push } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    for (let second = 0; second < 600; second++) {
      push({ ...said(second + 1, { type: 'from_the_future' }), epoch: 'other' })
      await clock.advance(1000)
    }
    expect(asked('chat:join').length).toBeLessThan(maxJoinsIn(600_000))
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: u1 (sent)',
      'assistant: a1 (complete)',
    ])
  })

  it('is asked ever more rarely where it pushes what it then does not have', async () => {
    const { clock, conversation, asked, push } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    for (let second = 0; second < 600; second++) {
      push(said(1000 + second, { type: 'from_the_future' }))
      await clock.advance(1000)
    }
    expect(asked('chat:join').length).toBeLessThan(maxJoinsIn(600_000))
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('is asked ever more rarely also where each answer brings something new, and a push contradicts each answer', async () => {
    let offset = 0
    const s = scripted({
      'chat:join': ({ after }) => {
        s.push({ ...said(1, { type: 'from_the_future' }), epoch: `other ${offset}` })
        offset = (after as { offset: number } | null)?.offset ?? 0
        return joined({ offset: offset + 1, events: [said(offset + 1, { type: 'from_the_future' })] })
      },
    })
    s.conversation.subscribe(() => {})
    await s.clock.advance(60_000)
    // Ten at once, and then a wait of half a second and more, in turn.
    expect(s.asked('chat:join').length).toBeLessThan(700)
    expect(s.conversation.getSnapshot().error).toBeNull()
  })

  it('is asked ever more rarely for the end of a log that it never sends', async () => {
    const { clock, conversation, asked } = scripted({ 'chat:join': () => joined({ offset: 9 }) })
    conversation.subscribe(() => {})
    await clock.advance(hour)
    expect(asked('chat:join').length).toBeLessThan(maxJoinsIn(hour))
  })

  it('is asked ever more rarely where its snapshots are older than what its events remove', async () => {
    const old = snapshot(100, { messages: [question('u5')], has_older: true })
    const events = [said(101, { type: 'truncate', task_id: 't9', from_message_id: 'u3' })]
    const { clock, conversation, asked } = scripted({
      'chat:join': () => joined({ offset: 101, snapshot: old, events }),
    })
    conversation.subscribe(() => {})
    await clock.advance(600_000)
    expect(asked('chat:join').length).toBeLessThan(maxJoinsIn(600_000))
  })

  it('is asked at once again after something true has come', async () => {
    const { clock, conversation, asked, push, rewrite } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    for (let n = 0; n < 20; n++) {
      push(said(1000 + n, { type: 'from_the_future' }))
      await clock.advance(10_000)
    }
    const before = asked('chat:join').length
    rewrite({
      'chat:join': () =>
        joined({
          offset: 6,
          events: [
            said(5, { type: 'message', message: question('u3') }),
            said(6, { type: 'message', message: question('u4') }),
          ],
        }),
    })
    push(said(4, { type: 'message', message: question('u2') }))
    push(said(6, { type: 'message', message: question('u4') }))
    await clock.advance(20)
    // First for the whole, as after each vain question; then for what follows.
    expect(asked('chat:join')).toHaveLength(before + 2)
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u1', 'a1', 'u2', 'u3', 'u4'])
  })
})

describe('an answer to a join that contradicts itself', () => {
  it("with another conversation's events leaves this one untouched", async () => {
    const { clock, conversation } = scripted({
      'chat:join': () =>
        joined({
          offset: 1,
          events: [{ ...said(1, { type: 'message', message: question('u1') }), conversation_id: 'other' }],
        }),
    })
    conversation.subscribe(() => {})
    await clock.advance(60_000)
    expect(conversation.getSnapshot().messages).toEqual([])
  })

  it('with a hole is asked for as a whole, and what is sent meanwhile leaves in the end', async () => {
    const { clock, conversation, asked } = scripted({
      'chat:join': ({ after }) =>
        after === null && asked('chat:join').length > 1
          ? joined({ offset: 3, snapshot: snapshot(3, { messages: [question('u1'), question('u3')] }) })
          : joined({
              offset: 3,
              events: [
                said(1, { type: 'message', message: question('u1') }),
                said(3, { type: 'message', message: question('u3') }),
              ],
            }),
      'chat:send': () => ({ ok: true, epoch: 'e', offset: 4, duplicate: false, attempt: 1, state: 'queued' }),
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(20_000)
    expect(await outcome(task.accepted)).toBe('resolved')
    expect(conversation.getSnapshot().messages.map(messageText)).toEqual(['u1', 'u3', 'Hello'])
  })

  it('with a log that begins in the middle takes nothing away that is held', async () => {
    const { clock, conversation, rewrite, cut } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    rewrite({
      'chat:join': () =>
        joined({
          epoch: 'new',
          offset: 9,
          events: [{ ...said(9, { type: 'from_the_future' }), epoch: 'new' }],
        }),
    })
    cut()
    await clock.advance(60_000)
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('by an end before what is held is asked for the whole, which decides', async () => {
    const { clock, conversation, rewrite, cut } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    rewrite({
      'chat:join': ({ after }) =>
        after === null
          ? joined({ offset: 1, snapshot: snapshot(1, { messages: [question('u1')] }) })
          : joined({ offset: 1 }),
    })
    cut()
    await clock.advance(10_000)
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u1'])
    expect(conversation.getSnapshot().discontinuity).toMatchObject({ reason: 'vanished', count: 1 })
  })

  it('with metadata nested beyond measure is read each time', async () => {
    const depth = 50_000
    const metadata: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
    const { clock, conversation, asked, cut } = scripted({
      'chat:join': () =>
        joined({ offset: 1, snapshot: snapshot(1, { messages: [question('u1', { metadata })] }) }),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    cut()
    await clock.advance(20_000)
    expect(asked('chat:join')).toHaveLength(2)
    expect(conversation.getSnapshot().messages.map(messageText)).toEqual(['u1'])
  })

  it('may give the whole as events instead of a snapshot', async () => {
    const whole = [
      said(1, { type: 'message', message: question('u1') }),
      said(2, { type: 'message', message: question('u2') }),
    ]
    const { clock, conversation, push, asked, rewrite } = scripted({
      'chat:join': () =>
        joined({ offset: 3, snapshot: snapshot(3, { messages: [question('u2')], has_older: true }) }),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    rewrite({
      'chat:join': () =>
        joined({
          offset: 4,
          events: [
            ...whole,
            said(3, { type: 'from_the_future' }),
            said(4, { type: 'truncate', from_message_id: 'u1' }),
          ],
        }),
    })
    push(said(4, { type: 'truncate', from_message_id: 'u1' }))
    await clock.advance(60_000)
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], discontinuity: null })
    expect(asked('chat:join')).toHaveLength(2)
  })
})

describe('an answer to a join that is older than what was pushed meanwhile', () => {
  it('takes nothing back', async () => {
    const { clock, conversation, rewrite, push } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    rewrite({
      'chat:join': ({ after }) =>
        joined(
          (after as { offset: number }).offset === 3
            ? held
            : {
                offset: 4,
                events: [said(4, { type: 'message', message: question('u2') })].slice(
                  (after as { offset: number }).offset - 3,
                ),
              },
        ),
    })
    push(said(9, { type: 'from_the_future' }))
    push(said(4, { type: 'message', message: question('u2') }))
    await clock.advance(30_000)
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u1', 'a1', 'u2'])
  })
})

describe('events that can not be', () => {
  const impossible: [string, object][] = [
    ['a delta into a tool', { type: 'delta', task_id: 't1', message_id: 'a1', part: 1, text: 'x' }],
    ['a delta into part 9,999', { type: 'delta', task_id: 't1', message_id: 'a1', part: 9999, text: 'x' }],
    [
      'a part beyond the next',
      { type: 'part', task_id: 't1', message_id: 'a1', part: 7, value: { type: 'text', text: 'x' } },
    ],
    [
      "a start that would empty a person's message",
      { type: 'start', task_id: 't1', message_id: 'u1', attempt: 1 },
    ],
  ]
  for (const [name, event] of impossible) {
    it(`change nothing, and are reported: ${name}`, async () => {
      const tool = { type: 'tool', tool_call_id: 'c1', name: 'n', state: 'input' }
      const { clock, conversation, push, asked } = scripted({
        'chat:join': () =>
          joined({
            offset: 3,
            snapshot: snapshot(3, {
              messages: [question('u1'), answered('a1', { parts: [{ type: 'text', text: 'a1' }, tool] })],
            }),
          }),
      })
      conversation.subscribe(() => {})
      await clock.advance(100)
      const before = conversation.getSnapshot().messages
      push(said(4, event))
      await clock.advance(60_000)
      expect(conversation.getSnapshot().messages).toEqual(before)
      expect(conversation.getSnapshot().discontinuity).toMatchObject({ reason: 'skipped', count: 1 })
      expect(asked('chat:join')).toHaveLength(1)
    })
  }

  it('about what is not held change nothing and are no reason to ask', async () => {
    const { clock, conversation, push, asked } = scripted({ 'chat:join': () => joined(held) })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const before = conversation.getSnapshot()
    push([
      said(4, { type: 'finish', task_id: 't9', message_id: 'a9' }),
      said(5, { type: 'stop', task_id: 't9' }),
      said(6, { type: 'delta', task_id: 't9', message_id: 'a9', part: 0, text: 'x' }),
      said(7, { type: 'retry', task_id: 't9', try: 2, max_tries: 3, delay_ms: 5, error_code: 'temporary' }),
      said(8, { type: 'truncate', from_message_id: 'a9' }),
    ])
    await clock.advance(10_000)
    expect(conversation.getSnapshot()).toEqual(before)
    expect(asked('chat:join')).toHaveLength(1)
  })

  it('of attempts that jump do not keep a task from its end', async () => {
    const { clock, conversation, push } = scripted({
      'chat:send': ({ task_id }) => {
        clock.setTimeout(() => {
          push([
            said(1, { type: 'message', task_id, message: question('u1') }),
            said(2, { type: 'start', task_id, message_id: 'a1', attempt: 1 }),
            said(3, { ...refused({ retryable: false }).error, task_id, attempt: 1 }),
          ])
        }, 50)
        return { ok: true, epoch: 'e', offset: 1, duplicate: false, attempt: 7, state: 'queued' }
      },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(10_000)
    expect(
      await outcome(Promise.race([task.finished, new Promise((resolve) => setImmediate(resolve))])),
    ).toBe('temporary')
  })

  it('for several conversations in one push reach each its own', async () => {
    const { clock, client, conversation, push } = scripted()
    const other = client.conversation('other')
    conversation.subscribe(() => {})
    other.subscribe(() => {})
    await clock.advance(100)
    const of = (id: string, offset: number) => ({
      ...said(offset, { type: 'message', message: question(`${id}${offset}`) }),
      conversation_id: id,
    })
    push([of('demo', 1), of('other', 1), of('demo', 2), of('nobody', 1), of('other', 2)])
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['demo1', 'demo2'])
    expect(other.getSnapshot().messages.map(({ id }) => id)).toEqual(['other1', 'other2'])
  })
})

describe('an acknowledgement that promises too much', () => {
  it('of a stop settles all the same', async () => {
    const { clock, conversation } = scripted({
      'chat:send': () => ({ ok: true, epoch: 'e', offset: 1, duplicate: false, attempt: 1, state: 'queued' }),
      'chat:stop': () => ({ ok: true, epoch: 'e', offset: 1e9, stopped: true }),
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(100)
    let stopped = 'hung'
    void outcome(conversation.stop(task.id)).then((end) => {
      stopped = end
    })
    await clock.advance(120_000)
    expect(stopped).toBe('resolved')
    expect(await outcome(task.finished)).toBe('cancelled')
  })

  it('of a send does not keep the task waiting for ever', async () => {
    const { clock, conversation, asked } = scripted({
      'chat:send': () => ({
        ok: true,
        epoch: 'e',
        offset: 1e9,
        duplicate: false,
        attempt: 1,
        state: 'queued',
      }),
    })
    let finished = 'hung'
    void outcome(conversation.sendMessage('Hello').finished).then((end) => {
      finished = end
    })
    await clock.advance(hour)
    expect(finished).toBe('interrupted')
    expect(asked('chat:send')).toHaveLength(3)
  })
})

it('that never answers a join is named in the log, with what may be wrong', async () => {
  const lines: unknown[] = []
  const { clock, client, conversation } = scripted({ 'chat:join': undefined })
  client.on('log', ({ level, event, fields }) => {
    if (level === 'warn') lines.push([event, fields.hint])
  })
  conversation.subscribe(() => {})
  await clock.advance(11_000)
  expect(lines).toEqual([['join_unanswered', expect.stringContaining('plainCodec')]])
  await client.close()
})
