import type { Attacker } from '../attacker-socket.js'
import type { AttackReport } from '../orders.js'
import { forgedCalls } from './forged.js'
import * as requests from './requests.js'
import * as sessions from './sessions.js'

export const attacks: Readonly<Record<string, (attacker: Attacker) => Promise<AttackReport>>> = {
  'joins that are never read': requests.neverReads,
  'the same, politely': requests.neverReadsPolitely,
  'slow readers': requests.slowReaders,
  'a POST of 110,000 packets': sessions.packedPost,
  'forged tool calls': forgedCalls,
  'a flood of messages': requests.messageFlood,
  'a flood of conversations': requests.conversationFlood,
  'long messages and answers': requests.longAnswers,
  'a flood of rooms': requests.roomFlood,
  'joins over new connections': requests.politeChurn,
  'sessions that name no user': sessions.unnamedSessions,
  'the same, by polling': sessions.unnamedPolling,
  'refused sessions, by polling': sessions.refusedPolling,
  'connections that come and go': sessions.connectionChurn,
  'a hundred connections': sessions.manyConnections,
  'huge and deep payloads': sessions.hugePayloads,
  'packets that are none': sessions.brokenPackets,
  'stops in one conversation': requests.stopFlood,
  'stops everywhere': requests.scatteredStops,
  'a flood of events that nobody hears': requests.unheardFlood,
  'a flood of broadcasts': requests.broadcastFlood,
  'retries with attempt 2^53 - 1': requests.farRetry,
  'a flood of log lines': requests.logFlood,
}
