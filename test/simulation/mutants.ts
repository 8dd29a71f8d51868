/** A deliberate bug: a small change of one source, by which a promise is broken. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

const server = 'examples/mock-server'
const client = 'src'

export const mutants: readonly Mutant[] = [
  {
    name: 'the server acknowledges before it stores',
    file: `${server}/conversation-store.ts`,
    find: 'await log.append(key, placed)',
    replace: 'void Promise.resolve(log.append(key, placed)).catch(() => {})',
  },
  {
    name: 'the server forgets the dedupe',
    file: `${server}/conversation-handler.ts`,
    find: 'if (known) return this.#describe(conversation, known, { duplicate: true',
    replace: 'if (known?.state === "stopped") return this.#describe(conversation, known, { duplicate: true',
  },
  {
    name: 'the server skips an event of a backlog',
    file: `${server}/conversation-handler.ts`,
    find: 'state.events.slice(after.offset)',
    replace: 'state.events.slice(after.offset + 1)',
  },
  {
    name: 'the server leaves no tombstone',
    file: `${server}/conversation-handler.ts`,
    find: "if (task?.state !== 'finished' && task?.state !== 'stopped') {",
    replace: "if (task && task.state !== 'finished' && task.state !== 'stopped') {",
  },
  {
    name: 'a stopped answer goes on',
    file: `${server}/task-run.ts`,
    find: 'if (this.isCurrent(state)) await store',
    replace: 'await store',
  },
  {
    name: 'a try begins upon the text of the last one',
    file: `${server}/task-run.ts`,
    find: 'if (state.messages[index]?.parts.length) await',
    replace: 'if (state.messages[index]?.parts.length && Date.now() < 0) await',
  },
  {
    name: 'the server leaves what a crash interrupted',
    file: `${server}/turns.ts`,
    find: "if (task.state === 'running') await store",
    replace: "if (task.state === 'stopped' && Date.now() < 0) await store",
  },
  {
    name: 'the server says that there are older messages',
    file: `${server}/snapshot.ts`,
    find: 'offset: state.offset,\n    has_older: first > 0,',
    replace: 'offset: state.offset,\n    has_older: true,',
  },
  {
    name: 'the client is off by one in the offset',
    file: `${client}/event-log/log-event.ts`,
    find: "if (event.offset <= cursor.offset) return 'seen'",
    replace: "if (event.offset < cursor.offset) return 'seen'",
  },
  {
    name: 'the client applies an event twice',
    file: `${client}/event-log/log-event.ts`,
    find: "return event.offset === cursor.offset + 1 ? 'next' : 'gap'",
    replace: "return event.offset >= cursor.offset ? 'next' : 'gap'",
  },
  {
    name: 'the client takes another attempt upon the last',
    file: `${client}/event-log/log-reducer.ts`,
    find: 'if (index >= 0) return { ...state, tasks, messages: replaceAt(messages, index, answer) }',
    replace: 'if (index >= 0) return { ...state, tasks, messages }',
  },
  {
    name: 'the client loses the overlay at a snapshot',
    file: `${client}/delivery/outbox.ts`,
    find: 'if (cursor === null) return',
    replace:
      'if (cursor !== null && this.#options.log.log.hasOlder) this.#entries.clear()\n    this.#tasks = null\n    if (cursor === null) return',
  },
  {
    name: 'a failed send is kept for the next page',
    file: `${client}/delivery/outbox.ts`,
    find: 'what was reported as failed.\n    this.#forget(entry.task)',
    replace: 'what was reported as failed.',
  },
  {
    name: 'sends leave out of order',
    file: `${client}/delivery/outbox.ts`,
    find: 'const first = all.find((',
    replace: 'const first = all.findLast((',
  },
  {
    name: 'advice is forgotten',
    file: `${client}/recovery/recovery-run.ts`,
    find: 'shared.random, error.retryAfterMs)',
    replace: 'shared.random)',
  },
  {
    name: 'what is final is retried',
    file: `${client}/recovery/retry-task.ts`,
    find: 'return retryable && !(retryAfterMs < 0)',
    replace: 'return retryable && !(retryAfterMs < -1)',
  },
  {
    name: 'a token is renewed for each refusal',
    file: `${client}/connection/connection.ts`,
    find: "reason === 'expired' || !deservesNewToken(refusal, auth)",
    replace: '!deservesNewToken(refusal, auth)',
  },
  {
    name: 'nothing is reported where something vanished',
    file: `${client}/conversation/live-conversation.ts`,
    find: 'if (vanished > 0)',
    replace: 'if (vanished > 1000)',
  },
  {
    name: 'closing leaves a timer',
    file: `${client}/conversation/live-conversation.ts`,
    find: 'this.#idleWatch.stop()',
    replace: 'this.#idleWatch.look()',
  },
]
