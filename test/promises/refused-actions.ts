import { AppError } from '../../src/errors/app-error.js'
import type { WireMessage } from '../../src/protocol/events.js'
import { type Setup, setUp } from '../support/set-up.js'

/** What a server refuses with. */
export interface Refusal {
  readonly category: AppError['category']
  readonly code: string
  readonly retryable: boolean
}

type World = ReturnType<typeof setUp>

/** One thing that a client asks for, and how often a server that refuses it always was asked for it. */
interface Action {
  readonly setup?: Setup
  /** Does it, after the server has learnt to refuse it. */
  act(world: World, refuse: () => void): unknown
  asked(world: World): number
}

/** As long as a person would wait at most. */
const minute = 60_000

const errorEvent = ({ category, code, retryable }: Refusal) => ({
  type: 'error',
  error: 'No.',
  error_code: category,
  code,
  retryable,
  timestamp: '2026-01-01T00:00:00.000Z',
})

const passing = () => new AppError({ message: 'unable to answer; busy', code: 'overloaded' })
const requests = (event: string) => (world: World) => world.network.sent(event).length
const send = ({ conversation }: World) => conversation.sendMessage('Hello')

export const actions: Readonly<Record<string, Action>> = {
  handshake: {
    act: ({ client }, refuse) => [refuse(), client.connect()],
    asked: ({ network }) => network.handshakes.length,
  },
  'chat:join': {
    act: ({ conversation }, refuse) => [refuse(), conversation.subscribe(() => {})],
    asked: requests('chat:join'),
  },
  'chat:send': { act: (world, refuse) => [refuse(), send(world)], asked: requests('chat:send') },
  // Only an attempt that has failed is asked for again in this way.
  'chat:retry': {
    setup: { responder: { fail: passing } },
    act: (world, refuse) => [refuse(), send(world)],
    asked: requests('chat:retry'),
  },
  'chat:stop': {
    setup: { responder: { words: 1000 } },
    async act(world, refuse) {
      const task = send(world)
      await world.clock.advance(1000)
      refuse()
      world.conversation.stop(task.id).catch(() => {})
    },
    asked: requests('chat:stop'),
  },
  'chat:history': {
    setup: { server: { maxBacklog: 1 } },
    async act({ network, conversation, clock }, refuse) {
      await fill(network)
      conversation.subscribe(() => {})
      await clock.advance(1000)
      refuse()
      conversation.loadOlder().catch(() => {})
    },
    asked: requests('chat:history'),
  },
}

/** More messages than one snapshot holds. */
async function fill({ handler }: World['network']): Promise<void> {
  for (let n = 0; n < 60; n++) {
    const parts = [{ type: 'text' as const, text: 'Hello' }]
    const message: WireMessage = { id: `m${n}`, role: 'user', parts, created_at: '2026-01-01T00:00:00.000Z' }
    const task = { conversation_id: 'demo', task_id: `t${n}` }
    await handler.send('guest', { ...task, input: { kind: 'message', message } })
    await handler.stop('guest', task)
  }
}

export interface Seen {
  /** How often the server was asked for the action. */
  readonly asked: number
  /** How often the app was asked for a new token. */
  readonly refreshes: number
}

/** Lets a client do something that a server always refuses. */
export async function refuseAlways(name: string, refusal: Refusal): Promise<Seen> {
  const action = actions[name]
  if (!action) throw new RangeError(`unable to act; there is no action ${name}`)
  let refreshes = 0
  const auth = ({ reason }: { reason: string }) => {
    if (reason === 'expired') refreshes++
    return 'token'
  }
  const world = setUp({ ...action.setup, client: { auth } })
  const { network, clock, client } = world
  const error = errorEvent(refusal)
  await action.act(world, () => {
    if (name === 'handshake') network.admit = () => Object.assign(new Error('no'), { data: error })
    else network.answers = ({ event }) => (event === name ? { ok: false, error } : undefined)
  })
  await clock.advance(minute)
  const seen = { asked: action.asked(world), refreshes }
  await client.close()
  return seen
}
