import { decides, type Run, type Step } from '../store/step.js'
import type { StoredEvent } from '../store/stored-event.js'
import { isOpenTask, isOpenWork, type TaskChange } from '../store/stored-task.js'

/** A run as the scripts compare it. */
export const runText = ({ taskId, attempt, try: number }: Run): string =>
  JSON.stringify([taskId, attempt, number])

export function parseRun(text: string): Run | null {
  if (text === '') return null
  const [taskId, attempt, number] = JSON.parse(text) as [string, number, number]
  return { taskId, attempt, try: number }
}

/**
 * ARGV of the append script from its fourth.
 *
 * @throws TypeError if the step is no JSON.
 */
export function stepArguments(step: Step, listedAt: string): string[] {
  const isAccepting = step.kind === 'accept'
  const expect = step.kind === 'run' ? undefined : step.expect
  const lease = step.kind === 'accept' ? undefined : step.lease
  const { input, user } = isAccepting ? step : {}
  const answer = answerOf(step.events)
  return [
    step.kind,
    expect?.epoch ?? '',
    expect ? `${expect.rev}` : '',
    lease ? `${lease.fence}` : '',
    lease ? `${lease.seq}` : '',
    step.kind === 'run' ? runText(step.run) : '',
    step.running ? runText(step.running) : step.running === null ? '-' : '',
    decides(step) ? '1' : '0',
    `${step.at}`,
    keepText(step.keepMs),
    isAccepting ? step.taskId : '',
    isAccepting ? step.digest : '',
    isAccepting ? JSON.stringify({ input, user }) : '',
    listedAt,
    answer,
    `${step.tasks.length}`,
    ...step.tasks.flatMap(taskArguments),
    ...step.events.map((event) =>
      isPlainDelta(event, answer) ? deltaText(event) : `j${JSON.stringify(event)}`,
    ),
  ]
}

/** More would not fit on Lua's stack. */
const MAX_STREAMED = 1_000

/** ARGV of the stream script from its second; undefined if the step is more than text that goes on. */
export function streamArguments(step: Step): string[] | undefined {
  if (step.kind !== 'run' || step.tasks.length > 0 || step.running !== undefined) return undefined
  if (step.events.length === 0 || step.events.length > MAX_STREAMED) return undefined
  const answer = answerOf(step.events)
  const texts: string[] = []
  for (const event of step.events) {
    if (!isPlainDelta(event, answer)) return undefined
    texts.push(`${event.part}:${event.text}`)
  }
  const { lease, run, at, keepMs } = step
  return [`${lease.fence}`, `${lease.seq}`, runText(run), `${at}`, keepText(keepMs), answer, ...texts]
}

/** Redis has no time that is further away than this, which is 30,000 years; a conversation that is kept longer is kept. */
const LONGEST_MS = 1e15

const keepText = (keepMs: number | undefined) =>
  keepMs === undefined || keepMs > LONGEST_MS ? '' : `${Math.ceil(keepMs)}`

function taskArguments(task: TaskChange): string[] {
  const { taskId, state, attempt, messageId } = task
  const isOpen = isOpenTask(task)
  const record = isOpen ? task : { taskId, state, attempt, ...(messageId !== undefined && { messageId }) }
  return [taskId, isOpen ? '1' : '0', isOpenWork(task) ? '1' : '0', JSON.stringify(record)]
}

type Delta = Extract<StoredEvent, { type: 'delta' }>

/** Task and message of the step's deltas: stored once an answer, and not with each delta. */
function answerOf(events: readonly StoredEvent[]): string {
  const delta = events.find((event) => event.type === 'delta')
  return delta?.type === 'delta' ? JSON.stringify([delta.task_id, delta.message_id]) : ''
}

/** `type`, `task_id`, `message_id`, `part`, `text`: an event with a field more is stored as it is. */
const DELTA_FIELDS = 5

const LONE_SURROGATE = /\p{Surrogate}/u

const isPlainDelta = (event: StoredEvent, answer: string): event is Delta =>
  event.type === 'delta' &&
  Object.keys(event).length === DELTA_FIELDS &&
  // Half of a surrogate pair has no UTF-8; JSON writes it as an escape.
  !LONE_SURROGATE.test(event.text) &&
  answer === JSON.stringify([event.task_id, event.message_id])

const deltaText = ({ part, text }: Delta) => `+${part}:${text}`
