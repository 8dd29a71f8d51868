import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { conversationKey, splitConversationKey } from '../../examples/mock-server/conversation-key.js'
import { type ConversationLog, type LogStep, MemoryLog } from '../../examples/mock-server/conversation-log.js'
import { FileLog } from '../../examples/mock-server/file-log.js'
import { jsonEqual } from '../../examples/mock-server/json-equal.js'
import { saying, userMessage } from './connect.js'
import { exchange, handlerUnderTest } from './handler-under-test.js'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'))
  path = join(folder, 'chat.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const key = conversationKey('ann', 'c')
const timestamp = '2026-01-01T00:00:00.000Z'

const stepAt = (offset: number, epoch = 'e1'): LogStep => ({
  events: [
    {
      type: 'message',
      conversation_id: 'c',
      epoch,
      offset,
      timestamp,
      task_id: `t${offset}`,
      message: userMessage(`m${offset}`, 'ä\u{1f600}\n'),
    },
  ],
  accepted: { task_id: `t${offset}`, input: saying(`m${offset}`, 'ä\u{1f600}\n') },
})

const logs: [string, () => ConversationLog][] = [
  ['in memory', () => new MemoryLog({ epoch: 'e1' })],
  ['in a file', () => new FileLog(path, { epoch: 'e1' })],
]

describe.each(logs)('a log %s', (_where, open) => {
  it('has an epoch for a conversation that does not exist, and keeps nothing of it', async () => {
    const log = open()
    expect(await log.read(key)).toEqual({ epoch: 'e1', steps: [] })
    expect([...(await log.keys())]).toEqual([])
  })

  it('keeps steps in order, each conversation for itself', async () => {
    const log = open()
    await log.append(key, stepAt(1))
    await log.append(key, stepAt(2))
    await log.append(conversationKey('bob', 'c'), stepAt(1))
    expect(await log.read(key)).toEqual({ epoch: 'e1', steps: [stepAt(1), stepAt(2)] })
    expect([...(await log.keys())]).toEqual([key, conversationKey('bob', 'c')])
  })

  it.each([
    ['leaves a hole', stepAt(3)],
    ['uses an offset again', stepAt(1)],
    ['is of another epoch', stepAt(2, 'e2')],
    ['has no events', { events: [] }],
  ])('refuses a step that %s, and stores nothing of it', async (_what, step) => {
    const log = open()
    await log.append(key, stepAt(1))
    expect(() => log.append(key, step)).toThrow(/^unable to append a step; /)
    expect((await log.read(key)).steps).toHaveLength(1)
    await log.append(key, stepAt(2))
  })
})

describe('a log in a file', () => {
  it('has written a step when append returns, one line a step', () => {
    const log = new FileLog(path)
    log.append(key, stepAt(1))
    const [line, rest] = readFileSync(path, 'utf8').split('\n')
    expect(JSON.parse(line ?? '')).toEqual({ key, ...stepAt(1) })
    expect(rest).toBe('')
  })

  it('goes on where it stood, in the epoch in which the conversation began', () => {
    const before = new FileLog(path, { epoch: 'e1' })
    before.append(key, stepAt(1))
    before.close()
    const after = new FileLog(path, { epoch: 'e2' })
    expect(after.tornBytes).toBe(0)
    expect(after.read(key)).toEqual({ epoch: 'e1', steps: [stepAt(1)] })
    after.append(key, stepAt(2))
    expect(after.read(conversationKey('ann', 'new')).epoch).toBe('e2')
  })

  it('cuts off a last line wherever a crash tore it, and keeps all before it', () => {
    const whole = Buffer.from(`${JSON.stringify({ key, ...stepAt(2) })}\n`)
    for (const length of [1, 20, 150, whole.length - 1]) {
      rmSync(path, { force: true })
      const before = new FileLog(path, { epoch: 'e1' })
      before.append(key, stepAt(1))
      before.close()
      const size = readFileSync(path).length
      appendFileSync(path, whole.subarray(0, length))
      const after = new FileLog(path)
      expect(after.tornBytes).toBe(length)
      expect(readFileSync(path)).toHaveLength(size)
      after.append(key, stepAt(2))
      after.close()
      const again = new FileLog(path)
      expect(again.read(key).steps).toEqual([stepAt(1), stepAt(2)])
      again.close()
    }
  })

  it.each([
    ['not JSON', '{"key":'],
    ['not a step', '{"key":"[\\"ann\\",\\"c\\"]","events":[]}'],
    [
      'an event that is not valid',
      JSON.stringify({ key, events: [{ ...stepAt(2).events[0], type: 'delta' }] }),
    ],
    ['a hole', JSON.stringify({ key, ...stepAt(3) })],
    ['a key that is not one', JSON.stringify({ ...stepAt(1), key: 'ann:c' })],
  ])('names a line that is %s, and leaves the file as it is', (_what, line) => {
    const text = `${JSON.stringify({ key, ...stepAt(1) })}\n${line}\n`
    writeFileSync(path, text)
    expect(() => new FileLog(path)).toThrow(`unable to read the log; line 2 of ${path} is not valid`)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('leaves a file as it is that is no log', () => {
    writeFileSync(path, '{"name":"precious"}')
    expect(() => new FileLog(path)).toThrow(`unable to read the log; ${path} ends with what is no step`)
    expect(readFileSync(path, 'utf8')).toBe('{"name":"precious"}')
  })

  it('refuses a step that it could not read again, and goes on', () => {
    const part = { type: 'part' as const, task_id: 't1', message_id: 'm1', part: 10_000 }
    const log = new FileLog(path, { epoch: 'e1' })
    const tooFar: LogStep = {
      events: [
        {
          ...part,
          value: { type: 'text', text: 'hi' },
          conversation_id: 'c',
          epoch: 'e1',
          offset: 1,
          timestamp,
        },
      ],
    }
    expect(() => log.append(key, tooFar)).toThrow('unable to append a step; its events.0.part is not valid')
    log.append(key, stepAt(1))
    log.close()
    expect(new FileLog(path).read(key).steps).toEqual([stepAt(1)])
  })

  it('refuses to write where another process has written, so that the file can still be read', () => {
    const first = new FileLog(path, { epoch: 'e1' })
    const second = new FileLog(path, { epoch: 'e2' })
    first.append(key, stepAt(1))
    expect(() => second.append(key, stepAt(1, 'e2'))).toThrow(
      'unable to append a step; another process writes to the log',
    )
    expect(new FileLog(path).read(key)).toEqual({ epoch: 'e1', steps: [stepAt(1)] })
  })

  it('brings a whole conversation back after a crash', async () => {
    const before = await handlerUnderTest({ log: new FileLog(path) })
    await exchange(before, 't1', saying('m1', 'hi'), 'yes')
    await before.send('t2', saying('m2', 'more'))
    await before.responder.last.say('half')
    const shown = await before.snapshot()
    before.handler.abandon()

    const after = await handlerUnderTest({ log: new FileLog(path) })
    const { messages } = await after.snapshot()
    expect(messages.slice(0, 2)).toEqual(shown.messages.slice(0, 2))
    expect(messages[3]).toMatchObject({
      status: 'failed',
      parts: [{ text: 'half' }],
      error: { code: 'interrupted' },
    })
    expect(await after.send('t1', saying('m1', 'hi'))).toMatchObject({ duplicate: true })
  })
})

describe('conversationKey', () => {
  it.each([
    ['a', 'b:c', 'a:b', 'c'],
    ['a', '","b', 'a","', 'b'],
    ['a\\', 'b', 'a', '\\b'],
    ['', 'ab', 'a', 'b'],
    ['\ud800', 'a', '\\ud800', 'a'],
  ])('keeps %j + %j apart from %j + %j', (user, id, otherUser, otherId) => {
    expect(conversationKey(user, id)).not.toBe(conversationKey(otherUser, otherId))
    expect(splitConversationKey(conversationKey(user, id))).toEqual({ user, conversationId: id })
  })
})

describe('jsonEqual', () => {
  it.each([
    [{ a: 1, b: [2, null] }, { b: [2, null], a: 1 }, true],
    [0, -0, true],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [{ a: null }, { b: null }, false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [null, {}, false],
    ['1', 1, false],
    [{ toString: 1 }, { a: 1 }, false],
    [JSON.parse('{"__proto__":1}'), {}, false],
    [JSON.parse('{"__proto__":{}}'), JSON.parse('{"a":{}}'), false],
  ])('says of %j and %j: %j', (a, b, expected) => {
    expect(jsonEqual(a, b)).toBe(expected)
    expect(jsonEqual(b, a)).toBe(expected)
  })
})
