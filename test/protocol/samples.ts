import type { ChatEvent, ErrorEvent, WireMessage } from '../../src/protocol/events.js'

/** Valid wire data with every optional field somewhere, so that a test can break one field at a time. */

const at = '2026-01-01T00:00:00.000Z'
const envelope = { conversation_id: 'c1', epoch: 'e1', offset: 42, timestamp: at }
const answer = { ...envelope, task_id: 't1', message_id: 'm2' }

export const failure: ErrorEvent = {
  type: 'error',
  error: 'The service is busy.',
  error_code: 'temporary',
  retryable: true,
  timestamp: at,
  code: 'overloaded',
  task_id: 't1',
  attempt: 2,
  retry_after_ms: 1500,
  correlation_id: 'k1',
}

export const userMessage: WireMessage = {
  id: 'm1',
  role: 'user',
  parts: [
    { type: 'text', text: 'Hello' },
    { type: 'file', url: 'https://example.com/a.png', media_type: 'image/png', name: 'a.png', size: 7 },
    { type: 'data', name: 'place', value: null },
  ],
  created_at: at,
  metadata: { draft: 1 },
}

/** A person's message as the server tells it. */
export const authoredMessage: WireMessage = { ...userMessage, author: { id: 'u1', name: 'Ada' } }

export const assistantMessage: WireMessage = {
  id: 'm2',
  role: 'assistant',
  parts: [
    { type: 'reasoning', text: 'Hm.' },
    { type: 'tool', tool_call_id: 'x1', name: 'search', state: 'error', input: {}, output: 1, error: 'none' },
    { type: 'tool', tool_call_id: 'x2', name: 'search', state: 'streaming', input_text: '{"query":"Mo' },
    { type: 'tool', tool_call_id: 'x3', name: 'send', state: 'denied', input: {}, reason: 'Not now.' },
    { type: 'source', url: 'https://example.com', title: 'Example', media_type: 'text/html', snippet: 'Hm' },
    { type: 'hologram', depth: 3 },
  ],
  created_at: at,
  status: 'failed',
  task_id: 't1',
  attempt: 1,
  error: failure,
  finish_reason: 'length',
}

export const events: { readonly [K in ChatEvent['type']]: Extract<ChatEvent, { type: K }> } = {
  message: { ...envelope, type: 'message', task_id: 't1', message: authoredMessage },
  truncate: { ...envelope, type: 'truncate', from_message_id: 'm1' },
  start: { ...answer, type: 'start', attempt: 1 },
  delta: { ...answer, type: 'delta', part: 0, text: 'Hel' },
  part: { ...answer, type: 'part', part: 1, value: { type: 'text', text: 'lo' } },
  retry: {
    ...envelope,
    type: 'retry',
    task_id: 't1',
    try: 2,
    max_tries: 3,
    delay_ms: 900,
    error_code: 'system',
    code: 'internal',
  },
  meta: { ...answer, type: 'meta', metadata: { model: 'small' } },
  finish: { ...answer, type: 'finish', finish_reason: 'stop', metadata: { tokens: 12 } },
  stop: { ...answer, type: 'stop' },
  error: { ...envelope, ...failure, task_id: 't1', attempt: 2, message_id: 'm2' },
}

const okAt = { ok: true, epoch: 'e1', offset: 42 } as const

export const refused = { ok: false, error: failure } as const

export const joined = {
  ...okAt,
  events: [events.delta],
  snapshot: {
    messages: [authoredMessage, assistantMessage],
    offset: 41,
    has_older: true,
    tasks: [{ task_id: 't1', attempt: 1, state: 'failed', message_id: 'm2', error: failure }],
  },
  limits: { max_message_bytes: 65_536 },
  reconnect_spread_ms: 2000,
} as const

export const sent = { ...okAt, duplicate: false, attempt: 1, state: 'queued' } as const
export const stopped = { ...okAt, stopped: true } as const
export const history = { ...okAt, messages: [authoredMessage, assistantMessage], has_older: false } as const
export const left = { ok: true } as const
export const broadcast = {
  conversation_id: 'c1',
  name: 'typing',
  value: true,
  from: { id: 'u1', name: 'Ada' },
}
export const closing = { reconnect_spread_ms: 4000 } as const
