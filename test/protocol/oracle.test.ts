import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  decodeBroadcast,
  decodeBroadcastAnswer,
  decodeClosing,
  decodeErrorEvent,
  decodeEvent,
  decodeHistoryAnswer,
  decodeJoinAnswer,
  decodeLeaveAnswer,
  decodeSendAnswer,
  decodeStopAnswer,
} from '../../src/protocol/decode.js'
import * as schemas from '../../src/server/schemas.js'
import { nearly } from './mutate.js'
import * as samples from './samples.js'

type Verdict = 'good' | 'bad'
/** Asks both readers about one value; throws where they differ. */
type Agree = (value: unknown) => Verdict

const same = (decoded: unknown, expected: unknown) => {
  if (!Object.is(decoded, expected)) throw new Error('unable to agree; decoder and schema differ')
}

const eventTypes = Object.keys(samples.events)

function sameEvent(value: unknown): Verdict {
  const decoded = decodeEvent(value)
  if (v.is(schemas.ChatEventSchema, value)) {
    same(decoded, value)
    return 'good'
  }
  if (v.is(schemas.EnvelopeSchema, value)) {
    same(decoded.type === 'skip' && decoded.envelope, value)
    same(decoded.type === 'skip' && decoded.known, eventTypes.includes(value.type))
  } else same(decoded.type, 'invalid')
  return 'bad'
}

const sameValue =
  (decode: (value: unknown) => unknown, ...accepting: v.GenericSchema[]): Agree =>
  (value) => {
    const good = accepting.some((schema) => v.is(schema, value))
    same(decode(value), good ? value : null)
    return good ? 'good' : 'bad'
  }

const sameAnswer = (decode: (value: unknown) => unknown, schema: v.GenericSchema) =>
  sameValue(decode, schema, schemas.RefusedAnswerSchema)

/** The list without what its schema refuses, and how many that were. */
function sift(list: unknown, schema: v.GenericSchema) {
  if (!Array.isArray(list)) return { kept: list, skipped: 0 }
  const kept = list.filter((each) => v.is(schema, each))
  return { kept, skipped: list.length - kept.length }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Once what is bad in its lists is left out, the answer must be one that the schema accepts whole. */
function sameSifted(decode: (value: unknown) => unknown, schema: v.GenericSchema, sifted: Sifted): Verdict {
  const { value, without, skipped } = sifted
  if (!v.is(schema, without)) return sameValue(decode, schemas.RefusedAnswerSchema)(value)
  same(JSON.stringify(decode(value)), JSON.stringify({ ...without, skipped }))
  return skipped === 0 ? 'good' : 'bad'
}

interface Sifted {
  value: unknown
  without: Record<string, unknown>
  skipped: number
}

function sameJoin(value: unknown): Verdict {
  const sifted: Sifted = { value, without: isObject(value) ? value : {}, skipped: 0 }
  if (isObject(value) && isObject(value.snapshot)) {
    const messages = sift(value.snapshot.messages, schemas.MessageSchema)
    const tasks = sift(value.snapshot.tasks, schemas.SnapshotTaskSchema)
    const snapshot = { ...value.snapshot, messages: messages.kept, tasks: tasks.kept }
    sifted.without = { ...value, snapshot }
    sifted.skipped = messages.skipped + tasks.skipped
  }
  return sameSifted(decodeJoinAnswer, schemas.JoinAnswerSchema, sifted)
}

function sameHistory(value: unknown): Verdict {
  const sifted: Sifted = { value, without: isObject(value) ? value : {}, skipped: 0 }
  if (isObject(value)) {
    const { kept, skipped } = sift(value.messages, schemas.MessageSchema)
    sifted.without = { ...value, messages: kept }
    sifted.skipped = skipped
  }
  return sameSifted(decodeHistoryAnswer, schemas.HistoryAnswerSchema, sifted)
}

interface Door {
  to: string
  samples: readonly unknown[]
  agree: Agree
  runs: number
}

const answers = (to: string, sample: unknown, agree: Agree, runs: number): Door => ({
  to: `answers to ${to}`,
  samples: [sample, samples.refused],
  agree,
  runs,
})

const sendAnswers = sameAnswer(decodeSendAnswer, schemas.SendAnswerSchema)
const stopAnswers = sameAnswer(decodeStopAnswer, schemas.StopAnswerSchema)
const leaveAnswers = sameAnswer(decodeLeaveAnswer, schemas.LeaveAnswerSchema)
const broadcastAnswers = sameAnswer(decodeBroadcastAnswer, schemas.BroadcastAnswerSchema)
const broadcasts = sameValue(decodeBroadcast, schemas.BroadcastSchema)
const errors = sameValue(decodeErrorEvent, schemas.ErrorEventSchema)
const notices = sameValue(decodeClosing, schemas.ClosingNoticeSchema)

const doors: readonly Door[] = [
  { to: 'events', samples: Object.values(samples.events), agree: sameEvent, runs: 60_000 },
  answers('chat:join', samples.joined, sameJoin, 14_000),
  answers('chat:history', samples.history, sameHistory, 8_000),
  answers('chat:send', samples.sent, sendAnswers, 7_000),
  answers('chat:stop', samples.stopped, stopAnswers, 4_000),
  answers('chat:leave', samples.left, leaveAnswers, 2_000),
  answers('chat:broadcast', samples.left, broadcastAnswers, 2_000),
  { to: 'broadcasts', samples: [samples.broadcast], agree: broadcasts, runs: 2_000 },
  { to: 'errors', samples: [samples.failure], agree: errors, runs: 6_000 },
  { to: 'closing notices', samples: [samples.closing], agree: notices, runs: 1_000 },
]

describe('the hand-made decoders and the schemas of the server', () => {
  it.each(doors)('accept and refuse the same $to, over $runs', { timeout: 30_000 }, (door) => {
    const seen = { good: 0, bad: 0 }
    const property = fc.property(nearly(door.samples), (value) => {
      seen[door.agree(value)]++
    })
    fc.assert(property, { numRuns: door.runs })
    // Were all good or all bad, agreeing would prove nothing.
    expect(seen.good).toBeGreaterThan(door.runs / 20)
    expect(seen.bad).toBeGreaterThan(door.runs / 20)
  })

  it('are held against each other at least 100,000 times', () => {
    expect(doors.reduce((sum, door) => sum + door.runs, 0)).toBeGreaterThanOrEqual(100_000)
  })

  it('agree on arbitrary JSON', { timeout: 30_000 }, () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      for (const door of doors) door.agree(value)
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  it('do not change Object.prototype', () => {
    const before = Reflect.ownKeys(Object.prototype)
    fc.assert(
      fc.property(nearly(doors.flatMap((door) => door.samples)), (value) => {
        for (const door of doors) door.agree(value)
      }),
      { numRuns: 2_000 },
    )
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    expect({}).not.toHaveProperty('polluted')
  })

  it('are compared by a test that fails if one of them is more lenient', () => {
    const strict = sameValue((value) => (value === 1 ? 1 : null), v.number())
    expect(strict(1)).toBe('good')
    expect(() => strict(2)).toThrow('decoder and schema differ')
  })
})
