/** What can happen in a world, and how often it is drawn beside the others. */
export const actions = {
  send: 30,
  'send what breaks the connection': 2,
  'do it twice': 5,
  stop: 9,
  'stop a failed one': 1,
  regenerate: 5,
  edit: 5,
  'answer a tool call': 6,
  retry: 6,
  'retry now': 3,
  discard: 3,
  'load older': 3,
  'look away': 2,
  'look again': 3,
  disconnect: 2,
  connect: 3,
} as const

/** Faults that last, with the longest that they do, in milliseconds, and how often each frame or call is struck. */
export const weather = {
  'lose requests': { weight: 6, longest: 3000, chance: 0.5 },
  'lose acknowledgements': { weight: 8, longest: 3000, chance: 0.5 },
  'a conversation is silent': { weight: 3, longest: 15_000, chance: 1 },
  'lose pushes': { weight: 6, longest: 2000, chance: 0.4 },
  'double pushes': { weight: 5, longest: 3000, chance: 0.5 },
  'slow network': { weight: 5, longest: 4000, chance: 0.6 },
  'cut between frames': { weight: 6, longest: 2000, chance: 0.15 },
  'refuse connections': { weight: 4, longest: 8000, chance: 1 },
  'leave handshakes unanswered': { weight: 2, longest: 12_000, chance: 0.7 },
  'slow handler': { weight: 5, longest: 4000, chance: 0.5 },
  overload: { weight: 5, longest: 6000, chance: 0.6 },
  'refuse for good': { weight: 2, longest: 2000, chance: 0.4 },
  'responder fails': { weight: 6, longest: 4000, chance: 0.25 },
  'storage fails': { weight: 3, longest: 4000, chance: 0.6 },
  'storage hangs': { weight: 2, longest: 3000, chance: 0.5 },
  'log fails': { weight: 3, longest: 1500, chance: 0.4 },
  'lose replies': { weight: 3, longest: 1500, chance: 0.3 },
  'lose wake-ups': { weight: 3, longest: 4000, chance: 0.6 },
  'browser says offline': { weight: 2, longest: 4000, chance: 1 },
  'stale tokens': { weight: 3, longest: 4000, chance: 1 },
} as const

/** Faults of an instant. */
export const blows = {
  'cut every connection': 5,
  'half-open': 4,
  'server crashes': 6,
  'server crashes, a new epoch': 3,
  'server is replaced': 2,
  'a node pauses': 5,
  'store fails over': 3,
  'log is trimmed': 4,
  'token expires': 4,
  'page crashes': 5,
  'page is closed': 2,
  'page is put away': 4,
  'device sleeps': 3,
  'clock is set': 3,
  'database closes': 3,
  'another chat opens': 2,
  'person signs out': 2,
} as const

export type Action = keyof typeof actions
export type Weather = keyof typeof weather
export type Blow = keyof typeof blows
export type StepName = Action | Weather | Blow

/** One thing that happens, as plain data: a world is its seed and a list of these. */
export interface Step {
  /** Milliseconds since the world began. */
  readonly at: number
  readonly what: StepName
  /** Whom it meets, modulo how many pages there are. */
  readonly page: number
  /** Milliseconds that it lasts; 0 where it is of an instant. */
  readonly lasts: number
  /** The seed of all that it leaves to chance, so that it does the same whatever else is left out. */
  readonly salt: number
}

export const isWeather = (what: StepName): what is Weather => Object.hasOwn(weather, what)
export const isBlow = (what: StepName): what is Blow => Object.hasOwn(blows, what)
