/** All values from the wire pass one of these functions before the rest of the SDK sees them. */
export {
  type DecodeAnswer,
  decodeClosing,
  decodeErrorEvent,
  decodeHistoryAnswer,
  decodeJoinAnswer,
  decodeLeaveAnswer,
  decodeSendAnswer,
  decodeStopAnswer,
  type Skipped,
} from './decode-answer.js'
export { decodeBroadcast, decodeBroadcastAnswer } from './decode-broadcast.js'
export {
  type DecodedEvent,
  decodeEvent,
  decodeEvents,
  type InvalidEvent,
  type SkippedEvent,
} from './decode-event.js'
export { isErrorEvent } from './is-message.js'
