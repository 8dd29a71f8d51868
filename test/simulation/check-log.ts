import type { RawEvent } from './read-log.js'
import { readLog } from './read-log.js'
import type { LogRecord, Violation, WorldRecord } from './record.js'

/** What no log may be, whatever happened. */
export function checkLogs({ logs, answersShown }: WorldRecord, words: number): Violation[] {
  const found: Violation[] = []
  for (const log of logs) {
    const say = (kind: string, text: string) =>
      found.push({ kind, text: `${text}, in ${log.epoch} of ${log.conversation}` })
    checkPlaces(log, say)
    checkInputs(log, say)
    checkTasks(log, say)
    checkTools(log, say)
    // Where a tail was lost, an answer may have lost its end with it.
    if (log.endedAt !== Number.POSITIVE_INFINITY) continue
    for (const { role, status, text, id } of readLog(log.events)) {
      if (role !== 'assistant') continue
      if (status === 'streaming') say('5: an answer never ends', `answer ${id} was never ended`)
      if (status === 'complete' && text.trim().split(' ').length !== words)
        say('5: an answer is not whole', `answer ${id} is complete and says "${text}"`)
    }
  }
  for (const text of answersShown) found.push(...checkAnswer(text))
  for (const log of logs)
    for (const { role, text } of readLog(log.events))
      if (role === 'assistant') found.push(...checkAnswer(text))
  return found
}

type Say = (kind: string, text: string) => void

function checkPlaces({ events, epoch }: LogRecord, say: Say): void {
  for (const [index, event] of (events as RawEvent[]).entries()) {
    if (event.offset !== index + 1)
      say('5: the log has a hole', `offset ${event.offset} stands where ${index + 1} should`)
    if (event.epoch !== epoch) say('5: the log mixes epochs', `an event of ${event.epoch} stands`)
  }
}

function checkInputs({ events, inputs }: LogRecord, say: Say): void {
  const ids = inputs.map(({ task_id }) => task_id)
  const messages = (events as RawEvent[]).flatMap(({ type, message }) =>
    type === 'message' && message ? [message] : [],
  )
  const texts = messages.map(({ parts }) => parts.map(({ text = '' }) => text).join(''))
  for (const [name, all] of Object.entries({ task: ids, message: messages.map(({ id }) => id), text: texts }))
    for (const twice of all.filter((one, index) => all.indexOf(one) !== index))
      say('2: stored twice', `${name} ${twice} is stored twice`)
}

/** In one conversation one task runs at a time, and what is over stays so. */
function checkTasks({ events }: LogRecord, say: Say): void {
  const last = new Map<string, { type: string; attempt: number }>()
  let running: string | null = null
  let owners: (readonly [id: string, task: string | undefined])[] = []
  for (const event of events as RawEvent[]) {
    const { type, task_id: task, attempt = 0, message_id, from_message_id, message } = event
    if (message) owners.push([message.id, task])
    if (type === 'truncate') {
      const from = owners.findIndex(([id]) => id === from_message_id)
      if (owners.slice(from).some(([, of]) => of === running)) running = null
      owners = owners.slice(0, from)
    }
    if (task === undefined) continue
    const before = last.get(task)
    if (before?.type === 'stop' || before?.type === 'finish')
      say('a task that is over goes on', `${type} of task ${task} comes after its ${before.type}`)
    if (type === 'start') {
      if (running !== null && running !== task)
        say('two tasks run at once', `task ${task} starts while ${running} runs`)
      const mayRise = before?.type === 'error' ? before.attempt + 1 : undefined
      if (before && before.attempt > 0 && attempt !== before.attempt && attempt !== mayRise)
        say('an attempt is out of turn', `attempt ${attempt} of task ${task} follows ${before.attempt}`)
      running = task
      const question = owners.findIndex(([, of]) => of === task)
      const place = question < 0 ? owners.length : question + 1
      if (!owners.some(([id]) => id === message_id)) owners.splice(place, 0, [message_id ?? '', task])
    } else if (running === task && (type === 'finish' || type === 'stop' || type === 'error')) running = null
    else if (type === 'delta' && running !== task)
      say('an answer grows that does not run', `a delta of task ${task} comes while it does not run`)
    last.set(task, { type, attempt: attempt || before?.attempt || 0 })
  }
}

/** A tool call is answered by one task: nobody's word on it is taken twice. */
function checkTools({ events }: LogRecord, say: Say): void {
  const taken = new Map<string, (string | undefined)[]>()
  for (const { type, task_id: task, value } of events as RawEvent[]) {
    if (type !== 'part' || !value) continue
    const tasks = taken.get(value.tool_call_id) ?? []
    if (!tasks.includes(task)) taken.set(value.tool_call_id, [...tasks, task])
    // The first one has made the call.
    if (tasks.length > 1 && !tasks.includes(task))
      say('2: a tool call is answered twice', `${value.tool_call_id} is answered by ${tasks[1]} and ${task}`)
  }
}

/** Words carry the number of their run: two of them in one answer mean that two runs were mixed. */
export function checkAnswer(text: string): Violation[] {
  const words = text.trim() === '' ? [] : text.trim().split(' ')
  const runs = new Set(words.map((word) => word.split('w')[0]))
  const inOrder = words.every((word, index) => word.endsWith(`w${index + 1}`))
  if (runs.size > 1) return [{ kind: '5: two runs are mixed', text: `an answer says "${text}"` }]
  if (!inOrder) return [{ kind: '5: an answer is garbled', text: `an answer says "${text}"` }]
  return []
}
