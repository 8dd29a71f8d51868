import assert from 'node:assert/strict'
import {
  type AcceptStep,
  type AppendResult,
  type ChatStore,
  type ConversationKey,
  type DecisionStep,
  digestOf,
  type KeptInput,
  type Lease,
  type ReadOptions,
  type Run,
  type RunStep,
  type StoredEvent,
  type StoredMessage,
  type TaskChange,
} from '../../../../src/server/store/index.js'

export const time = Date.UTC(2026, 0, 1)

export const question = (taskId: string, text = 'Hello'): StoredMessage => ({
  id: `question-${taskId}`,
  role: 'user',
  parts: [{ type: 'text', text }],
  created_at: '2026-01-01T00:00:00.000Z',
})

export const answer = (taskId: string, text: string): StoredMessage => ({
  id: `answer-${taskId}`,
  role: 'assistant',
  parts: [{ type: 'text', text }],
  created_at: '2026-01-01T00:00:01.000Z',
  task_id: taskId,
})

export const delta = (taskId: string, text: string): StoredEvent => ({
  type: 'delta',
  task_id: taskId,
  message_id: `answer-${taskId}`,
  part: 0,
  text,
})

export const startOf = (taskId: string, attempt = 1): StoredEvent => ({
  type: 'start',
  task_id: taskId,
  message_id: `answer-${taskId}`,
  attempt,
})

export const runOf = (taskId: string, attempt = 1): Run => ({ taskId, attempt, try: 1 })

export const running = (taskId: string, attempt = 1): TaskChange => ({
  taskId,
  state: 'running',
  attempt,
  inputMessageId: `question-${taskId}`,
  messageId: `answer-${taskId}`,
})

export const failed = (taskId: string, retry?: number): TaskChange => ({
  taskId,
  state: 'failed',
  attempt: 1,
  inputMessageId: `question-${taskId}`,
  messageId: `answer-${taskId}`,
  error: {
    type: 'error',
    error: 'The answer was interrupted.',
    error_code: 'temporary',
    retryable: true,
    timestamp: '2026-01-01T00:00:02.000Z',
    code: 'interrupted',
  },
  ...(retry !== undefined && { retry }),
})

type Fill<Step> = Partial<Omit<Step, 'kind'>>

/** One node's side of a conversation: makes the steps that a server would append. */
export class Talk {
  readonly store: ChatStore
  readonly key: ConversationKey
  #seq = 0

  constructor(store: ChatStore, key: ConversationKey) {
    this.store = store
    this.key = key
  }

  read(options?: ReadOptions) {
    return this.store.read(this.key, options)
  }

  async position() {
    return (await this.read()).position
  }

  /** A step that accepts a message, as decided from the position that the store has now. */
  async accepting(taskId: string, fill: Fill<AcceptStep> & KeptInput = {}): Promise<AcceptStep> {
    const message = question(taskId)
    const input = { kind: 'message', message } as const
    return {
      kind: 'accept',
      at: time,
      expect: await this.position(),
      taskId,
      digest: digestOf(input),
      input,
      user: { id: 'ann' },
      events: [{ type: 'message', task_id: taskId, message }],
      tasks: [{ taskId, state: 'queued', attempt: 1, inputMessageId: message.id }],
      ...fill,
    }
  }

  async deciding(fill: Fill<DecisionStep>): Promise<DecisionStep> {
    return { kind: 'decide', at: time, expect: await this.position(), events: [], tasks: [], ...fill }
  }

  async send(taskId: string, fill?: Fill<AcceptStep>): Promise<AppendResult> {
    return this.append(await this.accepting(taskId, fill))
  }

  async decide(fill: Fill<DecisionStep>): Promise<AppendResult> {
    return this.append(await this.deciding(fill))
  }

  append(step: AcceptStep | DecisionStep | RunStep): Promise<AppendResult> {
    return this.store.append(this.key, step)
  }

  async lease(node = 'node-a', ttlMs = 15_000): Promise<Lease> {
    const lease = await this.store.lease(this.key, node, ttlMs)
    assert.ok(lease, `${node} should get the lease`)
    this.#seq = 0
    return lease
  }

  /** The next `seq` of this node's lease. */
  next(lease: Lease) {
    this.#seq += 1
    return { fence: lease.fence, seq: this.#seq }
  }

  async start(taskId: string, lease: Lease, attempt = 1): Promise<AppendResult> {
    return this.decide({
      lease: this.next(lease),
      events: [startOf(taskId, attempt)],
      tasks: [running(taskId, attempt)],
      running: runOf(taskId, attempt),
    })
  }

  streaming(taskId: string, text: string, lease: Lease, fill: Fill<RunStep> = {}): RunStep {
    return {
      kind: 'run',
      at: time,
      lease: fill.lease ?? this.next(lease),
      run: runOf(taskId),
      events: [delta(taskId, text)],
      tasks: [],
      ...fill,
    }
  }

  stream(taskId: string, text: string, lease: Lease, fill?: Fill<RunStep>): Promise<AppendResult> {
    return this.append(this.streaming(taskId, text, lease, fill))
  }

  finish(taskId: string, lease: Lease): Promise<AppendResult> {
    return this.stream(taskId, '', lease, {
      events: [{ type: 'finish', task_id: taskId, message_id: `answer-${taskId}` }],
      tasks: [{ taskId, state: 'finished', attempt: 1, messageId: `answer-${taskId}` }],
      running: null,
    })
  }

  stop(taskId: string, fill?: Fill<DecisionStep>): Promise<AppendResult> {
    return this.decide({
      events: [{ type: 'stop', task_id: taskId }],
      tasks: [{ taskId, state: 'stopped', attempt: 1 }],
      running: null,
      ...fill,
    })
  }

  /** A whole exchange: question, answer, end; the lease is released. */
  async exchange(taskId: string, text = 'Hi'): Promise<void> {
    isStored(await this.send(taskId))
    const lease = await this.lease()
    isStored(await this.start(taskId, lease))
    isStored(await this.stream(taskId, text, lease))
    isStored(await this.finish(taskId, lease))
    await lease.release()
  }

  /** Folds one exchange, which is all that stands after `base`, into two messages. */
  async compactExchange(taskId: string, text = 'Hi') {
    const { position, base, snapshot } = await this.read({ max: 0 })
    return this.store.compact(this.key, {
      epoch: position.epoch,
      base,
      offset: position.end,
      changedMessages: [question(taskId), answer(taskId, text)],
      order: { keep: snapshot?.older ?? 0, ids: [`question-${taskId}`, `answer-${taskId}`] },
    })
  }

  async texts(): Promise<string[]> {
    const { events } = await this.read()
    return events.flatMap(({ event }) => (event.type === 'delta' ? event.text : []))
  }
}

export function isStored(answer: AppendResult): Extract<AppendResult, { result: 'ok' }> {
  assert.equal(answer.result, 'ok')
  return answer as Extract<AppendResult, { result: 'ok' }>
}
