import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors/app-error.js'
import type { SendInput, WirePart } from '../../src/protocol/events.js'
import type { ToolChunk } from '../../src/server/answer-chunk.js'
import { settle } from '../support/virtual-clock.js'
import { saying, userMessage } from '../support/wire-client.js'
import { coreUnderTest, exchange, keyOf } from './core-under-test.js'

type ToolPart = Extract<WirePart, { type: 'tool' }>

/** What `respond` gives for a call to stand so. */
const chunkOf = ({ tool_call_id: toolCallId, input_text: _text, ...rest }: ToolPart): ToolChunk => ({
  ...rest,
  toolCallId,
})

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('sending', () => {
  it('stores the message before it acknowledges, and answers it', async () => {
    const test = await coreUnderTest()
    const answer = await test.send('t1', saying('m1', 'hi'))
    expect(answer).toEqual({
      ok: true,
      epoch: 'e1',
      offset: 1,
      duplicate: false,
      attempt: 1,
      state: 'queued',
    })
    await test.responder.last.say('Good ')
    await test.responder.last.say('day')
    await test.responder.last.end()
    expect(test.summary()).toEqual(['message t1', 'start t1', 'delta t1', 'delta t1', 'finish t1'])
    expect(test.events.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5])
    const { messages, tasks } = await test.snapshot()
    expect(messages).toMatchObject([
      { id: 'm1', role: 'user', status: 'complete', task_id: 't1' },
      {
        role: 'assistant',
        status: 'complete',
        task_id: 't1',
        attempt: 1,
        parts: [{ type: 'text', text: 'Good day' }],
      },
    ])
    expect(tasks).toEqual([])
  })

  it('stores an input once, however often it comes, and says that it is a duplicate', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const running = await test.send('t1', saying('m1', 'hi'))
    expect(running).toEqual({
      ok: true,
      epoch: 'e1',
      offset: 1,
      duplicate: true,
      attempt: 1,
      state: 'running',
    })
    await test.responder.last.end()
    expect(await test.send('t1', saying('m1', 'hi'))).toMatchObject({ duplicate: true, state: 'finished' })
    expect(test.events.filter(({ type }) => type === 'message')).toHaveLength(1)
    expect(test.responder.runs).toHaveLength(1)
  })

  it('takes a repeat for the same input whatever the order of its fields', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const { id, role, parts, created_at } = userMessage('m1', 'hi')
    const repeat = await test.send('t1', { message: { created_at, parts, role, id }, kind: 'message' })
    expect(repeat.duplicate).toBe(true)
  })

  it('refuses another input under a task id that is used', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await expect(test.send('t1', saying('m1', 'ho'))).rejects.toEqual(code('task_conflict'))
    expect(test.summary()).toEqual(['message t1', 'start t1'])
  })

  it('refuses a message id that another task’s message has', async () => {
    const test = await coreUnderTest()
    await exchange(test, 't1', saying('m1', 'hi'))
    const answerId = (await test.snapshot()).messages[1]?.id ?? ''
    await expect(test.send('t2', saying('m1', 'ho'))).rejects.toEqual(code('task_conflict'))
    await expect(test.send('t3', saying(answerId, 'ho'))).rejects.toEqual(code('task_conflict'))
  })

  it('counts an input in UTF-8 bytes of its compact JSON, and refuses one byte too many', async () => {
    const input = saying('m1', 'ä\u{1f600}')
    const bytes = new TextEncoder().encode(JSON.stringify(input)).length
    const exact = await coreUnderTest({ limits: { messageBytes: bytes } })
    expect(await exact.send('t1', input)).toMatchObject({ ok: true })
    const less = await coreUnderTest({ limits: { messageBytes: bytes - 1 } })
    await expect(less.send('t1', input)).rejects.toEqual(code('message_too_large'))
    expect(less.events).toEqual([])
  })

  it('keeps users apart who chose the same conversation, task and message ids', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'of ann'))
    const request = { conversation_id: 'c', task_id: 't1', input: saying('m1', 'of bob') }
    expect(await test.as('bob').send(request)).toMatchObject({ duplicate: false, offset: 1 })
    expect((await test.snapshot()).messages[0]).toMatchObject({ parts: [{ text: 'of ann' }] })
  })
})

describe('running', () => {
  it('shows the responder frozen copies: no change that an app makes reaches the conversation', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.responder.last.say('first')
    await test.responder.last.end()
    await test.send('t2', saying('m2', 'two'))
    const { messages } = test.responder.last.request
    for (const message of messages) {
      const [part] = message.parts
      expect(() => Object.assign(message, { id: 'x' })).toThrow(TypeError)
      expect(() => Object.assign(part ?? {}, { text: 'changed' })).toThrow(TypeError)
      expect(() => (message.parts as unknown[]).push('more')).toThrow(TypeError)
    }
    // The list is the run's own.
    ;(messages as unknown[]).length = 0
    await test.responder.last.end()
    await test.send('t3', saying('m3', 'three'))
    expect(test.responder.last.request.messages.map(({ parts }) => parts)).toEqual([
      [{ type: 'text', text: 'one' }],
      [{ type: 'text', text: 'first' }],
      [{ type: 'text', text: 'two' }],
      [],
      [{ type: 'text', text: 'three' }],
    ])
  })

  it('shows the responder a message as it is now, also if an earlier run was shown it', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.responder.last.say('first')
    await test.responder.last.fail(new Error('fails'))
    await test.send('t2', saying('m2', 'two'))
    const seen = () => test.responder.last.request.messages.map(({ id, status }) => `${id} ${status}`)
    expect(seen()).toEqual(['m1 failed', 'id1 failed', 'm2 sent'])
    await test.responder.last.end()
    await test.retry('t1', 2)
    await test.responder.last.say('second')
    await test.responder.last.end()
    await test.send('t3', saying('m3', 'three'))
    expect(seen()).toEqual(['m1 sent', 'id1 complete', 'm2 sent', 'id3 complete', 'm3 sent'])
  })

  it('runs one task at a time in the order of the log, and each sees what came before it', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.send('t2', saying('m2', 'two'))
    expect(test.responder.runs).toHaveLength(1)
    expect((await test.snapshot()).tasks).toMatchObject([
      { task_id: 't1', state: 'running' },
      { task_id: 't2', state: 'queued' },
    ])
    await test.responder.last.say('first')
    await test.responder.last.end()
    expect(test.responder.runs).toHaveLength(2)
    expect(test.responder.last.request.messages.map(({ id }) => id)).toEqual(['m1', 'id1', 'm2'])
    await test.responder.last.end()
    expect((await test.snapshot()).messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ])
  })

  it('runs conversations beside each other', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.as('ann').send({ conversation_id: 'other', task_id: 't1', input: saying('m1', 'two') })
    await test.clock.advance(0)
    expect(test.responder.runs).toHaveLength(2)
  })

  it('writes reasoning, text and tool calls as parts of one answer', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const run = test.responder.last
    const call = { type: 'tool' as const, tool_call_id: 'k', name: 'search', state: 'running' as const }
    await run.give({ type: 'reasoning', text: 'Let ' })
    await run.give({ type: 'reasoning', text: 'me see' })
    await run.say('Well, ')
    await run.give(chunkOf(call))
    await run.give(chunkOf({ ...call, state: 'output', output: 3 }))
    await run.say('three')
    await run.end()
    expect((await test.snapshot()).messages[1]?.parts).toEqual([
      { type: 'reasoning', text: 'Let me see' },
      { type: 'text', text: 'Well, ' },
      { ...call, state: 'output', output: 3 },
      { type: 'text', text: 'three' },
    ])
  })

  it('fails a try when the responder falls silent, and ends one that ignores it', async () => {
    const test = await coreUnderTest({ silenceMs: 5000, retry: { maxAttempts: 1 } })
    await test.send('t1', saying('m1', 'hi'))
    await test.clock.advance(4999)
    expect(test.summary()).not.toContain('error t1')
    await test.clock.advance(1)
    expect(test.events.at(-1)).toMatchObject({ type: 'error', code: 'timeout', retryable: true, attempt: 1 })
    expect(test.responder.last.request.signal.aborted).toBe(true)
    await test.close(0)
    expect(test.clock.pending).toBe(0)
  })
})

describe('failing', () => {
  const keyError = Object.assign(new Error("'user_60f2ccbd'"), { name: 'KeyError' })

  it('tries again by itself after what passes, says so, and empties the answer first', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.say('half an ans')
    await test.responder.last.fail(keyError)
    expect(test.events.at(-1)).toMatchObject({
      type: 'retry',
      try: 2,
      max_tries: 3,
      delay_ms: 1000,
      error_code: 'temporary',
      code: 'initializing',
    })
    await test.clock.advance(1000)
    await test.responder.last.say('whole')
    await test.responder.last.end()
    expect(test.summary(3)).toEqual(['retry t1', 'start t1', 'delta t1', 'finish t1'])
    expect((await test.snapshot()).messages[1]).toMatchObject({ attempt: 1, parts: [{ text: 'whole' }] })
  })

  it('ends the attempt, with a word to clients not to retry, once its own tries are used up', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await test.responder.last.fail(keyError)
      await test.clock.advance(60_000)
    }
    expect(test.responder.runs).toHaveLength(3)
    expect(test.events.at(-1)).toMatchObject({
      type: 'error',
      retryable: true,
      retry_after_ms: -1,
      attempt: 1,
    })
    expect(JSON.stringify(test.events)).not.toContain('60f2ccbd')
  })

  it('tries each of a hundred answers again that a moment’s fault has failed at once, and no more than that', async () => {
    const answers = 101
    const test = await coreUnderTest({
      limits: { runsPerUser: answers, sendsPerMinute: 1000 },
    })
    for (let place = 1; place <= answers; place++) {
      const request = { conversation_id: `c${place}`, task_id: 't1', input: saying('m1', 'hi') }
      await test.as('ann').send(request)
    }
    await settle()
    expect(test.responder.runs).toHaveLength(answers)
    await Promise.all(test.responder.runs.map((run) => run.fail(keyError)))
    await test.clock.advance(1000)
    expect(test.responder.runs).toHaveLength(answers + 100)
    await Promise.all(test.responder.runs.slice(answers).map((run) => run.end()))
    const ends = test.events.map(({ type }) => type)
    expect(ends.filter((type) => type === 'finish')).toHaveLength(100)
    expect(ends.filter((type) => type === 'error')).toHaveLength(1)
  })

  it('rounds a wait that is advised in fractions up to whole milliseconds', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const limited = {
      code: 'rate_limited',
      message: 'unable to answer; too often',
      retryAfterMs: 1500.5,
    } as const
    await test.responder.last.fail(new AppError(limited))
    expect(test.events.at(-1)).toMatchObject({ type: 'error', retry_after_ms: 1501 })
  })

  it('announces tries without a bound as a whole number', async () => {
    const test = await coreUnderTest({ retry: { maxAttempts: Number.POSITIVE_INFINITY } })
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.fail(keyError)
    expect(test.events.at(-1)).toMatchObject({ type: 'retry', max_tries: Number.MAX_SAFE_INTEGER })
  })

  it('leaves to the client what it did not retry itself', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.fail(new Error('could not connect to postgres://chat:hunter2@db'))
    const error = test.events.at(-1)
    expect(error).toMatchObject({
      type: 'error',
      error_code: 'unknown',
      retryable: true,
      attempt: 1,
      task_id: 't1',
    })
    expect(error).not.toHaveProperty('retry_after_ms')
    expect(JSON.stringify(test.events)).not.toContain('hunter2')
    const { messages, tasks } = await test.snapshot()
    expect(messages.map(({ status }) => status)).toEqual(['failed', 'failed'])
    expect(tasks).toMatchObject([
      { task_id: 't1', state: 'failed', attempt: 1, error: { error_code: 'unknown' } },
    ])
  })

  it('goes on with the next task after one that failed', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.send('t2', saying('m2', 'two'))
    await test.responder.last.fail(new Error('broken'))
    expect(test.summary().slice(-2)).toEqual(['error t1', 'start t2'])
  })
})

describe('retrying', () => {
  async function failed() {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.say('half')
    await test.responder.last.fail(new Error('broken'))
    return test
  }

  it('runs the input again that it kept, in the answer’s own place', async () => {
    const test = await failed()
    expect(await test.retry('t1', 2)).toMatchObject({ duplicate: false, attempt: 2, state: 'queued' })
    await test.responder.last.say('whole')
    await test.responder.last.end()
    expect(test.responder.last.request.input).toEqual(saying('m1', 'hi'))
    const { messages } = await test.snapshot()
    expect(messages).toMatchObject([
      { id: 'm1', status: 'complete' },
      { attempt: 2, parts: [{ text: 'whole' }] },
    ])
    expect(messages).toHaveLength(2)
  })

  it('takes a retry of the same or an older attempt for a duplicate', async () => {
    const test = await failed()
    expect(await test.retry('t1', 1)).toMatchObject({ duplicate: true, attempt: 1, state: 'failed' })
    await test.retry('t1', 2)
    expect(await test.retry('t1', 2)).toMatchObject({ duplicate: true, attempt: 2, state: 'running' })
    await test.responder.last.end()
    expect(await test.retry('t1', 3)).toMatchObject({ duplicate: true, attempt: 2, state: 'finished' })
    expect(test.responder.runs).toHaveLength(2)
  })

  it('lets a retry wait for its turn, and shows it as queued meanwhile', async () => {
    const test = await failed()
    await test.send('t2', saying('m2', 'two'))
    expect(await test.retry('t1', 2)).toMatchObject({ duplicate: false, attempt: 2, state: 'queued' })
    expect(await test.retry('t1', 3)).toMatchObject({ duplicate: true, attempt: 2, state: 'queued' })
    expect(await test.send('t1', saying('m1', 'hi'))).toMatchObject({
      duplicate: true,
      attempt: 2,
      state: 'queued',
    })
    expect((await test.snapshot()).tasks).toMatchObject([
      { task_id: 't1', state: 'queued', attempt: 2 },
      { task_id: 't2', state: 'running' },
    ])
    await test.responder.last.end()
    expect(test.events.at(-1)).toMatchObject({ type: 'start', task_id: 't1', attempt: 2 })
  })

  it('runs a waiting retry before a task that came to the log later', async () => {
    const test = await failed()
    await test.send('t2', saying('m2', 'two'))
    await test.send('t3', saying('m3', 'three'))
    await test.retry('t1', 2)
    await test.responder.last.end()
    await test.responder.last.end()
    expect(test.summary().filter((line) => line.startsWith('start'))).toEqual([
      'start t1',
      'start t2',
      'start t1',
      'start t3',
    ])
  })

  it('does not know a task that never came', async () => {
    const test = await coreUnderTest()
    await expect(test.retry('t9', 2)).rejects.toEqual(code('unknown_task'))
  })
})

describe('stopping', () => {
  it('ends a running task at once, keeps what was streamed, and drops what still comes', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const run = test.responder.last
    await run.say('half')
    expect(await test.stop('t1')).toMatchObject({ ok: true, stopped: true, offset: 4 })
    await run.say(' an answer')
    expect(run.request.signal.aborted).toBe(true)
    expect(test.summary()).toEqual(['message t1', 'start t1', 'delta t1', 'stop t1'])
    expect((await test.snapshot()).messages[1]).toMatchObject({
      status: 'stopped',
      parts: [{ text: 'half' }],
    })
  })

  it('ends a queued task, a waiting try and a failed task too', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.send('t2', saying('m2', 'two'))
    await test.stop('t2')
    await test.responder.last.fail(Object.assign(new Error(''), { code: 'ECONNRESET' }))
    await test.stop('t1')
    const waiting = test.clock.pending
    await test.clock.advance(120_000)
    expect(test.clock.pending).toBeLessThanOrEqual(waiting)
    expect(test.responder.runs).toHaveLength(1)

    await test.send('t3', saying('m3', 'three'))
    await test.responder.last.fail(new Error('broken'))
    expect(await test.stop('t3')).toMatchObject({ stopped: true })
    expect(await test.retry('t3', 2)).toMatchObject({ duplicate: true, state: 'stopped' })
    expect((await test.snapshot()).tasks).toEqual([])
  })

  it('drops a retry that waits for its turn', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.responder.last.fail(new Error('broken'))
    await test.send('t2', saying('m2', 'two'))
    await test.retry('t1', 2)
    await test.stop('t1')
    await test.responder.last.end()
    expect(test.summary().filter((line) => line === 'start t1')).toHaveLength(1)
  })

  it('says whether the task is stopped, and stores no second stop', async () => {
    const test = await coreUnderTest()
    await exchange(test, 't1', saying('m1', 'hi'))
    expect(await test.stop('t1')).toMatchObject({ stopped: false })
    await test.send('t2', saying('m2', 'ho'))
    await test.stop('t2')
    const count = test.events.length
    expect(await test.stop('t2')).toMatchObject({ stopped: true })
    expect(test.events).toHaveLength(count)
  })

  it('stops a task before it comes: the send that follows has no effect', async () => {
    const test = await coreUnderTest()
    expect(await test.stop('t1')).toMatchObject({ stopped: true, offset: 1 })
    expect(await test.send('t1', saying('m1', 'hi'))).toEqual({
      ok: true,
      epoch: 'e1',
      offset: 1,
      duplicate: true,
      attempt: 1,
      state: 'stopped',
    })
    expect(test.summary()).toEqual(['stop t1'])
    expect(test.responder.runs).toEqual([])
  })
})

describe('regenerating and editing', () => {
  it('answers again at the end, without the old answer', async () => {
    const test = await coreUnderTest()
    await exchange(test, 't1', saying('m1', 'hi'), 'old')
    const answerId = (await test.snapshot()).messages[1]?.id ?? ''
    await exchange(test, 't2', { kind: 'regenerate', message_id: answerId }, 'new')
    expect(test.responder.last.request.messages.map(({ id }) => id)).toEqual(['m1'])
    expect((await test.snapshot()).messages).toMatchObject([
      { id: 'm1' },
      { task_id: 't2', parts: [{ text: 'new' }] },
    ])
  })

  it('puts an edited message in the place of the old one, in one step, even under its old id', async () => {
    const test = await coreUnderTest()
    await exchange(test, 't1', saying('m1', 'hi'))
    await exchange(test, 't2', saying('m2', 'more'))
    const edit: SendInput = { kind: 'edit', message_id: 'm1', message: userMessage('m1', 'ho') }
    const count = test.events.length
    expect(await test.send('t3', edit)).toMatchObject({ duplicate: false, offset: count + 2 })
    await test.responder.last.end()
    expect(test.summary(count)).toEqual(['truncate t3', 'message t3', 'start t3', 'finish t3'])
    expect((await test.snapshot()).messages).toMatchObject([
      { id: 'm1', parts: [{ text: 'ho' }] },
      { task_id: 't3' },
    ])
  })

  it('stops what runs, waits or failed of the messages that it removes', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.responder.last.fail(new Error('broken'))
    await test.send('t2', saying('m2', 'two'))
    await test.send('t3', saying('m3', 'three'))
    const run = test.responder.last
    await test.send('t4', { kind: 'edit', message_id: 'm1', message: userMessage('m4', 'four') })
    expect(run.request.signal.aborted).toBe(true)
    await run.say('too late')
    expect((await test.snapshot()).tasks).toMatchObject([{ task_id: 't4', state: 'running' }])
    for (const task of ['t1', 't2', 't3']) {
      expect(await test.retry(task, 2)).toMatchObject({ duplicate: true, state: 'stopped' })
    }
    expect(test.summary().slice(-3)).toEqual(['truncate t4', 'message t4', 'start t4'])
  })

  it('stops a queued regeneration, which has no message of its own, with what it would answer', async () => {
    const test = await coreUnderTest()
    await test.send('t0', saying('m0', 'zero'))
    await test.responder.last.fail(new Error('broken'))
    await exchange(test, 't1', saying('m1', 'one'))
    await test.retry('t0', 2)
    const running = test.responder.last
    const answerId = (await test.snapshot()).messages[3]?.id ?? ''
    await test.send('t2', { kind: 'regenerate', message_id: answerId })
    const count = test.events.length
    await test.send('t3', { kind: 'edit', message_id: 'm1', message: userMessage('m3', 'three') })
    expect(test.summary(count)).toEqual(['stop t2', 'truncate t3', 'message t3'])
    expect(running.request.signal.aborted).toBe(false)
    await running.end()
    expect(test.summary(count + 3)).toEqual(['finish t0', 'start t3'])
  })

  it.each<[string, SendInput]>([
    ['regenerate a message that is not there', { kind: 'regenerate', message_id: 'nope' }],
    ['regenerate a user’s message', { kind: 'regenerate', message_id: 'm1' }],
    ['edit an answer', { kind: 'edit', message_id: 'id1', message: userMessage('m2', 'ho') }],
    ['answer a tool call that nobody made', { kind: 'tool', tool_call_id: 'nope', approved: true }],
  ])('refuses to %s', async (_what, input) => {
    const test = await coreUnderTest()
    await exchange(test, 't1', saying('m1', 'hi'))
    const count = test.events.length
    await expect(test.send('t2', input)).rejects.toEqual(code('unknown_message'))
    expect(test.events).toHaveLength(count)
  })
})

describe('tools', () => {
  async function asking(state: 'approval' | 'input') {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.give(chunkOf({ type: 'tool', tool_call_id: 'k', name: 'mail', state }))
    await test.responder.last.end()
    return test
  }
  const callOf = async (test: Awaited<ReturnType<typeof asking>>) =>
    (await test.snapshot()).messages[1]?.parts[0]

  it('goes on in a new task once a call is approved, and sets the result where the call stands', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    expect(await callOf(test)).toMatchObject({ state: 'running' })
    const done = {
      type: 'tool' as const,
      tool_call_id: 'k',
      name: 'mail',
      state: 'output' as const,
      output: 'sent',
    }
    await test.responder.last.give(chunkOf(done))
    await test.responder.last.say('Done.')
    await test.responder.last.end()
    expect(await callOf(test)).toEqual(done)
    expect((await test.snapshot()).messages[2]).toMatchObject({ task_id: 't2', parts: [{ text: 'Done.' }] })
  })

  it('marks a call that was declined as denied', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: false })
    expect(await callOf(test)).toMatchObject({ state: 'denied' })
  })

  it('takes the app’s output for a call that waits for it', async () => {
    const test = await asking('input')
    await expect(test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })).rejects.toEqual(
      code('invalid_message'),
    )
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', output: { city: 'Bern' } })
    expect(await callOf(test)).toMatchObject({ state: 'output', output: { city: 'Bern' } })
  })

  it('takes one answer: a second one finds no call that waits', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    await expect(test.send('t3', { kind: 'tool', tool_call_id: 'k', approved: false })).rejects.toEqual(
      code('unknown_message'),
    )
  })

  it('ends an approved call when its task is stopped', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    await test.stop('t2')
    expect(await callOf(test)).toMatchObject({ state: 'error', error: 'stopped' })
  })

  it('ends an approved call when the answer that carries it out is regenerated', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    const answerId = (await test.snapshot()).messages[2]?.id ?? ''
    const count = test.events.length
    await test.send('t3', { kind: 'regenerate', message_id: answerId })
    expect(test.summary(count)).toEqual(['part t2', 'truncate t3', 'start t3'])
    expect(await callOf(test)).toMatchObject({ state: 'error', error: 'stopped' })
  })

  it('ends an approved call when the answer that carries it out fails, and goes on with it in a retry', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    await test.responder.last.fail(new Error('broken'))
    expect(await callOf(test)).toMatchObject({ state: 'error', error: 'failed' })
    await test.retry('t2', 2)
    const expected = { type: 'tool', tool_call_id: 'k', name: 'mail', state: 'running' }
    expect(await callOf(test)).toEqual(expected)
    const { tool_call_id: toolCallId, ...rest } = expected
    expect(test.responder.last.request.messages[1]?.parts[0]).toEqual({ ...rest, toolCallId })
  })

  it('does not go on in a retry with a call that was declined', async () => {
    const test = await asking('approval')
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: false })
    await test.responder.last.fail(new Error('broken'))
    await test.retry('t2', 2)
    expect(await callOf(test)).toMatchObject({ state: 'denied' })
  })

  const running = { type: 'tool' as const, tool_call_id: 'k', name: 'search', state: 'running' as const }
  async function searching() {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.give(chunkOf(running))
    return test
  }

  it('ends a call that the answer runs itself when the answer is stopped', async () => {
    const test = await searching()
    await test.stop('t1')
    expect(await callOf(test)).toEqual({ ...running, state: 'error', error: 'stopped' })
    expect(test.summary().slice(-2)).toEqual(['part t1', 'stop t1'])
  })

  it('ends a call that the answer runs itself when the answer fails', async () => {
    const test = await searching()
    await test.responder.last.fail(new Error('broken'))
    expect(await callOf(test)).toEqual({ ...running, state: 'error', error: 'failed' })
  })

  it('ends a call that the answer runs itself when the server ends before it', async () => {
    const before = await searching()
    before.crash()
    const after = await coreUnderTest({ store: before.store, clock: before.clock })
    expect(await callOf(after)).toEqual({ ...running, state: 'error', error: 'interrupted' })
  })

  it('keeps a call that was approved meanwhile, when the answer that asked for it is stopped', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    const part = { ...running, state: 'approval' as const }
    await test.responder.last.give(chunkOf(part))
    await test.send('t2', { kind: 'tool', tool_call_id: 'k', approved: true })
    await test.stop('t1')
    expect(await callOf(test)).toEqual(running)
    expect(test.events.at(-1)).toMatchObject({ type: 'start', task_id: 't2' })
  })

  it('stops a queued answer to a call when the call’s message is removed', async () => {
    const test = await asking('approval')
    await test.send('t2', saying('m2', 'meanwhile'))
    await test.send('t3', { kind: 'tool', tool_call_id: 'k', approved: true })
    const count = test.events.length
    await test.send('t4', { kind: 'edit', message_id: 'm1', message: userMessage('m4', 'four') })
    expect(test.summary(count)).toEqual(['stop t3', 'truncate t4', 'message t4', 'start t4'])
  })
})

describe('an answer of the app’s own that waits for a place on its process', () => {
  /** Two processes on one store; the first one's only place is taken. */
  async function waiting() {
    const first = await coreUnderTest({ limits: { runs: 1 } })
    const second = await coreUnderTest({ store: first.store, clock: first.clock })
    await first.send('busy', saying('m1', 'hi'))
    async function* respond() {
      yield 'ready'
    }
    const key = keyOf('ann', 'other')
    await first.core.answer(key, 'report', respond)
    await settle()
    const tasks = async () => {
      const { snapshot } = await second.as('ann').join({ conversation_id: 'other', after: null })
      return snapshot?.tasks.map(({ task_id, state }) => `${task_id} ${state}`)
    }
    return { first, second, key, tasks }
  }

  it('is not ended by another process, however long it waits, and begins once there is a place', async () => {
    const { first, second, tasks } = await waiting()
    await first.clock.advance(50_000)
    expect(await tasks()).toEqual(['report queued'])
    await first.responder.last.end()
    expect(await tasks()).toEqual([])
    expect(second.responder.runs).toEqual([])
    expect(first.summary()).toContain('finish report')
  })

  it('makes room for the next one if it is stopped while it waits', async () => {
    const { first, key, tasks } = await waiting()
    await first.as('ann').send({ conversation_id: 'third', task_id: 'next', input: saying('m2', 'hi') })
    await settle()
    await first.core.stop(key, { task_id: 'report' })
    await settle()
    expect(await tasks()).toEqual([])
    await first.responder.last.end()
    expect(first.summary()).toContain('start next')
  })

  it('holds up no close, and is ended by the next process', async () => {
    const { first, tasks } = await waiting()
    const closed = first.close(0)
    await first.clock.advance(0)
    await closed
    await first.clock.advance(40_000)
    expect(await tasks()).toEqual(['report failed'])
  })
})

it('a conversation that a process forgets, because another one has folded it, is counted nowhere any more', async () => {
  const test = await coreUnderTest()
  await test.send('t1', saying('m1', 'hi'))
  await test.responder.last.end()
  const { position, base } = await test.store.read(keyOf('ann'))
  test.process.compact = async () => ({ result: 'conflict', position, base })
  await test.clock.advance(60_000)
  expect(test.core.stats).toMatchObject({ conversations: 0, cachedSize: 0 })
})

it('a conversation that has grown counts as what it is now, so that what a process holds is bounded', async () => {
  const test = await coreUnderTest()
  await test.send('t1', saying('m1', 'hi'))
  for (let n = 0; n < 20; n++) await test.responder.last.say('x'.repeat(10_000))
  await test.responder.last.end()
  expect(test.core.stats.cachedSize).toBeGreaterThan(200_000)
})
