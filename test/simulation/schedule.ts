import { seededRandom } from '../support/random.js'
import { actions, blows, type Step, type StepName, weather } from './steps.js'

/** What is the same all through a world's life. */
export interface Terms {
  readonly devices: number
  /** Pages on the first device, which share its storage. */
  readonly tabs: number
  readonly conversations: number
  /** Words of an answer. */
  readonly words: number
  /** Milliseconds a frame takes, one way. */
  readonly latency: number
  /** Milliseconds the log takes to store a step. */
  readonly writeMs: number
  /** Whether the log takes an answer's words within the turn in which it is asked. */
  readonly storesAtOnce: boolean
  /** Messages that the server puts into a snapshot or a page of history at most. */
  readonly pageSize: number
  /** Processes of the server, on one database. */
  readonly nodes: number
  /** Milliseconds that chunks are gathered. */
  readonly flushMs: number
  /** Whether events are folded into messages soon, so that who was away gets a snapshot. */
  readonly folds: boolean
  /** The server's own tries within an attempt. */
  readonly serverTries: number
  readonly coalesce: boolean
  /** Whether answers may end with a tool call that waits for a person's word, or for its output. */
  readonly tools: boolean
  readonly retryBudget: boolean
  /** Whether somebody sends one more message when the faults have stopped; else every connection is made anew. */
  readonly lastWord: boolean
}

export interface Schedule {
  readonly seed: number
  readonly terms: Terms
  readonly steps: readonly Step[]
}

const fewestSteps = 12
const mostSteps = 26
const longestPause = 700

/** The life of one world, drawn whole before it begins. */
export function drawSchedule(seed: number): Schedule {
  // Neighbouring seeds give similar first draws; the odd factor moves them apart.
  const random = seededRandom(Math.imul(seed, 0x9e3779b1))
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const chance = (probability: number) => random() < probability
  const terms: Omit<Terms, 'storesAtOnce'> = {
    devices: 1 + upTo(1),
    tabs: 1 + upTo(1),
    conversations: chance(0.2) ? 2 : 1,
    words: 3 + upTo(3),
    latency: 1 + upTo(40),
    writeMs: upTo(8),
    pageSize: chance(0.3) ? 3 : 50,
    serverTries: 1 + upTo(1),
    coalesce: chance(0.3),
    tools: chance(0.4),
    retryBudget: chance(0.3),
    lastWord: chance(0.5),
    nodes: 1 + upTo(2),
    flushMs: chance(0.5) ? 0 : 20,
    folds: chance(0.5),
  }
  const faults = drawFaults(random)
  const doings: (readonly [StepName, number])[] = Object.entries(actions) as [StepName, number][]
  const steps: Step[] = []
  const count = fewestSteps + upTo(mostSteps - fewestSteps)
  let at = 0
  for (let index = 0; index < count; index++) {
    const what = pick(chance(0.55) || faults.length === 0 ? doings : faults, random)
    const longest = what in weather ? weather[what as keyof typeof weather].longest : 0
    // Most faults are short beside the longest, or they would hide one another.
    const lasts = Math.ceil(longest * random() ** 2)
    steps.push({ at, what, page: upTo(3), lasts, salt: upTo(0xffffffff) })
    at += Math.floor(longestPause * random() ** 2)
  }
  // Drawn last, so that older worlds stay as they were but for this.
  return { seed, terms: { ...terms, storesAtOnce: chance(0.3) }, steps }
}

/** Each world has some kinds of fault alone: where all are possible each is rare, and two of a kind hardly ever meet. */
function drawFaults(random: () => number): (readonly [StepName, number])[] {
  const all: [StepName, number][] = [
    ...Object.entries(weather).map(([name, { weight }]): [StepName, number] => [name as StepName, weight]),
    ...(Object.entries(blows) as [StepName, number][]),
  ]
  return all.filter(() => random() < 0.4)
}

function pick(from: readonly (readonly [StepName, number])[], random: () => number): StepName {
  let rest = random() * from.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of from) {
    rest -= weight
    if (rest < 0) return name
  }
  return from.at(-1)?.[0] ?? 'send'
}
