/** The door: nothing from the wire goes further into the SDK without having passed one of these. */
export {
  type DecodeAnswer,
  decodeBroadcast,
  decodeBroadcastAnswer,
  decodeClosing,
  decodeErrorEvent,
  decodeHistoryAnswer,
  decodeJoinAnswer,
  decodeLeaveAnswer,
  decodeSendAnswer,
  decodeStopAnswer,
  type Skipped,
} from './decode-answer.js'
export {
  type DecodedEvent,
  decodeEvent,
  decodeEvents,
  type InvalidEvent,
  type SkippedEvent,
} from './decode-event.js'
export { isErrorEvent } from './is-message.js'
