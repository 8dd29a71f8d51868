import { systemClock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import { seededRandom } from '../support/random.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { until } from '../support/until.js'
import { defaultLine, type FaultKind } from './fault-kinds.js'
import { addUp, type Figures, isSameAs, judge, type Told } from './judge.js'
import type { Contender, Program, SentMessage } from './program.js'
import { readLog, type Whose } from './read-log.js'
import { planRounds, type Round, type Size } from './schedule.js'
import type { ServerProcess } from './server-process.js'

export interface FaultRun {
  readonly kind: FaultKind
  readonly contender: Contender
  readonly server: ServerProcess
  readonly size: Size
  readonly seed: number
}

/** Both programs wait so long for an acknowledgement, in milliseconds. */
const ackTimeout = 2000
/** How long after a fault a promise may stay open, in milliseconds, before it counts as hung. */
const patienceMs = 20_000
/** How long after the last promise a screen may take to show what the log says, in milliseconds. */
const screenMs = 6000

interface Sent {
  readonly text: string
  readonly at: number
  stored: Told['stored']
  storedAt: number
  answered: Told['answered']
  settled: Promise<unknown>
}

interface Person {
  readonly whose: Whose
  readonly line: TcpProxy
  readonly program: Program
  readonly told: Told[]
}

/** One fault, one program: what became of all that was sent. */
export async function runFault({ kind, contender, server, size, seed }: FaultRun): Promise<Figures> {
  const rounds = planRounds(size, kind.lasts, seededRandom(seed))
  const people: Person[] = []
  try {
    for (let number = 0; number < size.people; number += 1) {
      const line = await startTcpProxy(server.url)
      line.conditions = defaultLine
      // Names that nobody else on this server has.
      const whose = { user: `${kind.name} ${contender.name} ${number}`, conversationId: 'demo' }
      people.push({
        whose,
        line,
        program: contender.start({ url: line.url, ackTimeout, ...whose }),
        told: [],
      })
    }
    // One message of each person is there before anything fails.
    await Promise.all(people.map(async (person) => record(person, [await sent(person, 'hello')], Infinity)))
    for (const [index, round] of rounds.entries()) {
      await play(round, { name: `round ${index + 1}`, kind, people, server })
      // What hangs once would hang again, and the whole is to end within minutes.
      if (people.some(({ told }) => told.some(isHung))) break
    }
    return addUp(await Promise.all(people.map((person) => look(person, server.url))))
  } finally {
    for (const { program } of people) await program.close()
    for (const { line } of people) await line.close()
  }
}

interface Stage {
  readonly name: string
  readonly kind: FaultKind
  readonly people: readonly Person[]
  readonly server: ServerProcess
}

async function play(round: Round, { name, kind, people, server }: Stage) {
  const lines = people.map(({ line }) => line)
  const fault = wait(round.strikeAt)
    .then(() => kind.strike({ lines, server }, round))
    .then(() => performance.now())
  const everything = people.map(async (person, index) => {
    const messages = (round.sends[index] ?? []).map(async (at, place) => {
      await wait(at)
      return send(person.program, `${name}, message ${place + 1}`)
    })
    const sentMessages = await Promise.all(messages)
    const endedAt = await fault
    await settle(sentMessages, patienceMs)
    record(person, sentMessages, kind.name === 'none' ? 0 : endedAt)
  })
  await Promise.all(everything)
}

async function sent({ program }: Person, text: string): Promise<Sent> {
  const message = send(program, text)
  await settle([message], patienceMs)
  return message
}

function send(program: Program, text: string): Sent {
  const message: SentMessage = program.send(text)
  const { stored, answered } = message
  const seen: Sent = {
    text,
    at: performance.now(),
    stored: 'nothing',
    storedAt: Number.NaN,
    answered: answered ? 'nothing' : 'none',
    settled: Promise.resolve(),
  }
  const tell = (word: 'yes' | 'no') => () => {
    seen.stored = word
    seen.storedAt = performance.now()
  }
  const tellAnswer = (word: 'yes' | 'no') => () => {
    seen.answered = word
  }
  seen.settled = Promise.all([
    stored.then(tell('yes'), tell('no')),
    answered?.then(tellAnswer('yes'), tellAnswer('no')),
  ])
  return seen
}

/** Until all have settled, or the time is up. */
async function settle(messages: readonly Sent[], ms: number) {
  const over = new AbortController()
  const timeUp = delay(ms, { clock: systemClock, signal: over.signal }).catch(() => {})
  await Promise.race([Promise.all(messages.map(({ settled }) => settled)), timeUp])
  over.abort()
}

function record({ told }: Person, messages: readonly Sent[], faultEndedAt: number) {
  // On a busy machine two timers may fire the other way round; order is that of what was really sent.
  for (const { text, at, stored, storedAt, answered } of messages.toSorted((a, b) => a.at - b.at)) {
    const recoveryMs = storedAt >= faultEndedAt ? storedAt - Math.max(at, faultEndedAt) : null
    told.push({ text, stored, answered, recoveryMs })
  }
}

const isHung = ({ stored, answered }: Told) => stored === 'nothing' || answered === 'nothing'

async function look({ whose, program, told }: Person, url: string): Promise<Figures> {
  const { messages: log } = await readLog(url, whose)
  const { subscribe } = program
  // A screen that is never right is a figure, not the end of the run.
  await until(() => isSameAs(program.screen(), log), { subscribe, within: screenMs }).catch(() => {})
  return judge({
    told,
    log,
    screen: program.screen(),
    hasToldOfLoss: program.hasToldOfLoss(),
    requests: program.requests(),
  })
}

const wait = (ms: number) => delay(ms, { clock: systemClock })
