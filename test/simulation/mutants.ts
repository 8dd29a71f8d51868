/** A deliberate bug: a small change of one source, by which a promise is broken. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** A world that showed the bug, so that a test need not look for one. If that world shows it no more, all are tried. */
  readonly world?: number
}

const server = 'src/server'
const client = 'src'

export const mutants: readonly Mutant[] = [
  {
    name: 'stored messages belong to an identity alone',
    world: 13,
    file: `${client}/storage/server-key.ts`,
    find: 'return JSON.stringify([...originAndNamespace(url, page), socketPath, name])',
    replace: 'return JSON.stringify([originAndNamespace("http://one.test", page), socketPath, name])',
  },
  {
    name: 'a database that the browser closed stays closed',
    world: 762,
    file: `${client}/storage/reopening-database.ts`,
    find: 'return operation(await this.#open())',
    replace: 'this.#opened = opened\n      throw error',
  },
  {
    name: 'a sign-out is not heard by the other tabs',
    world: 127,
    file: `${client}/storage/durable-store.ts`,
    find: "if (message === 'signed-out') this.#signedOut()",
    replace: "if (message === 'signed-out') return",
  },
  {
    name: 'the server acknowledges before it stores',
    world: 12,
    file: `${server}/engine/replica.ts`,
    find: 'appended = await this.#options.store.append(this.key, step)',
    replace:
      "if (step.kind === 'accept' && this.#position) {\n        void this.#options.store.append(this.key, step).catch(() => {})\n        this.#isBehind = true\n        const last = this.#position.end + step.events.length\n        return { result: 'ok', position: this.#position, first: this.#position.end + 1, last, repeat: false } as const\n      }\n      appended = await this.#options.store.append(this.key, step)",
  },
  {
    name: 'the server skips an event of a backlog',
    world: 40,
    file: `${server}/engine/reader.ts`,
    find: 'for (const placed of events) {',
    replace: 'for (const placed of events.slice(1)) {',
  },
  {
    name: 'the server leaves no tombstone',
    world: 1094,
    file: `${server}/engine/task-requests.ts`,
    find: 'if (task && !isOpen(task))\n          return { answer: () => ({ ok: true, epoch, offset, stopped: task.state',
    replace:
      'if (!task || !isOpen(task))\n          return { answer: () => ({ ok: true, epoch, offset, stopped: !task || task.state',
  },
  {
    name: 'a try begins upon the text of the last one',
    world: 33,
    file: `${server}/engine/task-run.ts`,
    find: 'if (answer && answer.parts.length > 0) await log.restart()',
    replace: '',
  },
  {
    name: 'the server leaves what a crash interrupted',
    world: 12,
    file: `${server}/engine/runner.ts`,
    find: "({ state }) => state === 'running'",
    replace: "({ state }) => state === 'stopped' && Date.now() < 0",
  },
  {
    name: 'the server says that there are older messages',
    world: 1,
    file: `${server}/conversation/snapshot.ts`,
    find: 'has_older: older || fitting.length < messages.length',
    replace: 'has_older: true',
  },
  {
    name: 'a run appends whatever its fence, and whatever runs by now',
    world: 2,
    file: `${server}/store/judge-step.ts`,
    find: "('lease' in step && step.lease ? judgeLease(record, fence, step.lease) : undefined) ??\n    (step.kind === 'run' ? judgeRun(record, step.run) : judgeExpected(record, step.expect)) ??",
    replace: "(step.kind === 'run' ? undefined : judgeExpected(record, step.expect)) ??",
  },
  {
    name: 'a decision that conflicts is taken for one that is stored',
    world: 352,
    file: `${server}/engine/decide.ts`,
    find: "if (appended.result === 'ok' || appended.result === 'known') return answer(appended)",
    replace:
      "if (appended.result === 'conflict') return answer({ ...appended, result: 'ok', first: 1, last: 1, repeat: false })\n        if (appended.result === 'ok' || appended.result === 'known') return answer(appended)",
  },
  {
    name: 'a step whose reply was lost is stored again',
    world: 2,
    file: `${server}/engine/run-log.ts`,
    find: 'return await replica.append(step)',
    replace:
      'return await replica.append(wait === storeRetries[0] ? step : { ...step, lease: { ...step.lease, seq: step.lease.seq + 1 } })',
  },
  {
    name: 'words whose reply was lost are stored again',
    world: 341,
    file: `${server}/engine/run-log.ts`,
    find: 'return this.#options.replica.appendNow(step)\n    } catch {',
    replace:
      'return this.#options.replica.appendNow(step)\n    } catch {\n      this.#options.lease.counted()',
  },
  {
    name: 'words are pushed before they are stored',
    world: 653,
    file: `${server}/engine/replica.ts`,
    find: 'const appended = this.#options.store.appendNow?.(this.key, step)',
    replace:
      'const end = this.#position?.end ?? 0\n      if (this.#position) this.#options.push(this, step.events.map((event, index) => ({ offset: end + index + 1, at: step.at, event })))\n      const appended = this.#options.store.appendNow?.(this.key, step)',
  },
  {
    name: 'a message that changed is left out as events are folded',
    world: 13,
    file: `${server}/engine/replica.ts`,
    find: 'changedMessages: structuredClone([...changed].flatMap((id) => messages.get(id) ?? [])),',
    replace:
      'changedMessages: structuredClone([...changed].slice(1).flatMap((id) => messages.get(id) ?? [])),',
  },
  {
    name: 'the client is off by one in the offset',
    world: 210,
    file: `${client}/event-log/log-event.ts`,
    find: "if (event.offset <= cursor.offset) return 'seen'",
    replace: "if (event.offset < cursor.offset) return 'seen'",
  },
  {
    name: 'the client applies an event twice',
    world: 4,
    file: `${client}/event-log/log-event.ts`,
    find: "return event.offset === cursor.offset + 1 ? 'next' : 'gap'",
    replace: "return event.offset >= cursor.offset ? 'next' : 'gap'",
  },
  {
    name: 'the client takes another attempt upon the last',
    world: 1,
    file: `${client}/event-log/log-reducer.ts`,
    find: 'if (index >= 0) return { ...state, tasks, messages: replaceAt(messages, index, answer) }',
    replace: 'if (index >= 0) return { ...state, tasks, messages }',
  },
  {
    name: 'the client loses the overlay at a snapshot',
    world: 8,
    file: `${client}/delivery/outbox.ts`,
    find: 'if (cursor === null) return',
    replace:
      'if (cursor !== null && this.#options.log.log.hasOlder) this.#entries.clear()\n    this.#tasks = null\n    if (cursor === null) return',
  },
  {
    name: 'a failed send is kept for the next page',
    world: 86,
    file: `${client}/delivery/outbox-entry.ts`,
    find: 'what was reported as failed.\n    this.#forget()',
    replace: 'what was reported as failed.',
  },
  {
    name: 'sends leave out of order',
    world: 12,
    file: `${client}/delivery/outbox.ts`,
    find: 'isUnsent(task) && load.unsent === 0',
    replace: 'isUnsent(task) && [...this.#entries.values()].findLast((one) => isUnsent(one.task)) === entry',
  },
  {
    name: 'advice is forgotten',
    world: 40,
    file: `${client}/recovery/recovery-run.ts`,
    find: 'shared.random, error.retryAfterMs)',
    replace: 'shared.random)',
  },
  {
    name: 'what is final is retried',
    world: 33,
    file: `${client}/recovery/retry-task.ts`,
    find: 'return retryable && !(retryAfterMs < 0)',
    replace: 'return retryable && !(retryAfterMs < -1)',
  },
  {
    name: 'a token is renewed for each refusal',
    world: 448,
    file: `${client}/connection/connection.ts`,
    find: "reason === 'expired' || !deservesNewToken(refusal, auth)",
    replace: '!deservesNewToken(refusal, auth)',
  },
  {
    name: 'nothing is reported where something vanished',
    world: 54,
    file: `${client}/conversation/log-news.ts`,
    find: 'if (vanished > 0)',
    replace: 'if (vanished > 1000)',
  },
  {
    name: 'closing leaves a timer',
    world: 139,
    file: `${client}/conversation/live-conversation.ts`,
    find: 'this.#idleWatch.stop()',
    replace: 'this.#idleWatch.look()',
  },
  {
    name: 'a lost connection counts for no message',
    world: 8,
    file: `${client}/errors/losses.ts`,
    find: "likely: suspicion === 'likely' ? likely + 1 : likely,",
    replace: 'likely,',
  },
  {
    name: 'a lost connection counts for every message',
    world: 26,
    file: `${client}/errors/losses.ts`,
    find: "likely: suspicion === 'likely' ? likely + 1 : likely,",
    replace: "likely: suspicion === 'none' ? likely : likely + 1,",
  },
  {
    name: 'a silent request is taken for a dead connection',
    world: 112,
    file: `${client}/connection/connection.ts`,
    find: 'if (!hasHeard) this.#socketSession',
    replace: 'if (since > 0) this.#socketSession',
  },
  {
    name: 'a lost race is told as a failure',
    world: 53,
    file: `${client}/delivery/task-attempt.ts`,
    find: 'if (doneInLog(log.log, delivered.task.input)) return null',
    replace: '',
  },
  {
    name: 'two nodes hold one lease',
    world: 282,
    file: `${server}/store/leases.ts`,
    find: 'if (holder !== null && holder !== node) return null',
    replace: 'if (holder !== null && holder !== node) return this.#held.get(key)?.fence ?? null',
  },
  {
    name: 'events are pushed before they are stored',
    world: 2,
    file: `${server}/engine/replica.ts`,
    find: 'appended = await this.#options.store.append(this.key, step)',
    replace:
      'const end = this.#position?.end ?? 0\n      if (this.#position) this.#options.push(this, step.events.map((event, index) => ({ offset: end + index + 1, at: step.at, event })))\n      appended = await this.#options.store.append(this.key, step)',
  },
  {
    name: 'a node that missed a change does not read it',
    world: 124,
    file: `${server}/engine/replica.ts`,
    find: 'if (isMissing) this.run(() => this.#catchUp()).catch(this.#options.onFailed)',
    replace: '',
  },
  {
    name: 'a node goes on in the log that its store has lost',
    world: 431,
    file: `${server}/engine/replica.ts`,
    find: 'const isSame = known.epoch === position.epoch\n    if (isSame && position.rev',
    replace: 'const isSame = true\n    if (isSame && position.rev',
  },
  {
    name: 'the store forgets the tasks that are over',
    world: 261,
    file: `${server}/store/apply-step.ts`,
    find: 'record.closed.set(taskId, { taskId, state, attempt, ...answer, ...stored })',
    replace: '',
  },
  {
    name: 'a stop that was lost with its log is not asked for again',
    world: 1285,
    file: `${client}/delivery/stop-at-server.ts`,
    find: 'if (!isLost || asked++ >= maxInquiries) return',
    replace: 'if (!isLost || maxInquiries > 0) return',
  },
]
