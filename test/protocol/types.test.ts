import type { GenericSchema, InferOutput } from 'valibot'
import { expectTypeOf, it } from 'vitest'
import type { DecodedEvent, SkippedEvent } from '../../src/protocol/decode.js'
import type * as wire from '../../src/protocol/events.js'
import type * as schemas from '../../src/server/schemas.js'

type Schemas = typeof schemas
/** What the server holds in its hands once the schema of this name has accepted it. */
type Accepted<K extends keyof Schemas> = Schemas[K] extends GenericSchema ? InferOutput<Schemas[K]> : unknown

it('gives values that a schema accepted the wire types, without a cast', () => {
  expectTypeOf<Accepted<'ChatEventSchema'>>().toExtend<wire.ChatEvent>()
  expectTypeOf<Accepted<'ErrorEventSchema'>>().toExtend<wire.ErrorEvent>()
  expectTypeOf<Accepted<'MessageSchema'>>().toExtend<wire.WireMessage>()
  expectTypeOf<Accepted<'UserMessageSchema'>>().toExtend<wire.WireMessage>()
  expectTypeOf<Accepted<'SnapshotSchema'>>().toExtend<wire.Snapshot>()
  expectTypeOf<Accepted<'SendInputSchema'>>().toExtend<wire.SendInput>()
  expectTypeOf<Accepted<'HandshakeAuthSchema'>>().toExtend<wire.HandshakeAuth>()
  expectTypeOf<Accepted<'ClosingNoticeSchema'>>().toExtend<wire.ClosingNotice>()
})

it('gives each accepted request its wire type', () => {
  expectTypeOf<Accepted<'JoinRequestSchema'>>().toExtend<wire.JoinRequest>()
  expectTypeOf<Accepted<'SendRequestSchema'>>().toExtend<wire.SendRequest>()
  expectTypeOf<Accepted<'RetryRequestSchema'>>().toExtend<wire.RetryRequest>()
  expectTypeOf<Accepted<'StopRequestSchema'>>().toExtend<wire.StopRequest>()
  expectTypeOf<Accepted<'HistoryRequestSchema'>>().toExtend<wire.HistoryRequest>()
  expectTypeOf<Accepted<'LeaveRequestSchema'>>().toExtend<wire.LeaveRequest>()
})

it('gives each accepted answer its wire type', () => {
  expectTypeOf<Accepted<'JoinAnswerSchema'>>().toExtend<wire.JoinAnswer>()
  expectTypeOf<Accepted<'SendAnswerSchema'>>().toExtend<wire.SendAnswer>()
  expectTypeOf<Accepted<'StopAnswerSchema'>>().toExtend<wire.StopAnswer>()
  expectTypeOf<Accepted<'HistoryAnswerSchema'>>().toExtend<wire.HistoryAnswer>()
  expectTypeOf<Accepted<'LeaveAnswerSchema'>>().toExtend<wire.LeaveAnswer>()
  expectTypeOf<Accepted<'RefusedAnswerSchema'>>().toExtend<wire.RefusedAnswer>()
})

it('tells all decoded cases apart by their type alone', () => {
  expectTypeOf<Extract<DecodedEvent, { type: 'skip' }>>().toEqualTypeOf<SkippedEvent>()
  expectTypeOf<Exclude<DecodedEvent, { type: 'skip' | 'invalid' }>>().toEqualTypeOf<wire.ChatEvent>()
})
