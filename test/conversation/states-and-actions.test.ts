import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ChatTask, Conversation } from '../../src/index.js'
import { refused } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

type Setup = ReturnType<typeof setUp>

const reset = () => Object.assign(new Error('x'), { code: 'ECONNRESET' })

interface State {
  readonly name: string
  /** Whether the attempts of the task in question fail before the person acts. */
  readonly fails?: boolean
  readonly bring: (setup: Setup) => Promise<ChatTask>
}

const send = async ({ conversation, clock }: Setup, ms: number) => {
  const task = conversation.sendMessage('Hello')
  await clock.advance(ms)
  return task
}

const offline = (setup: Setup) => {
  setup.network.reachable = false
  setup.network.cut()
}

/** Every state that a task can be in when a person acts. */
const states: readonly State[] = [
  {
    name: 'offline',
    bring: async (setup) => {
      offline(setup)
      return send(setup, 100)
    },
  },
  {
    name: 'queued',
    bring: async (setup) => {
      setup.network.losesRequest = ({ event }) => event === 'chat:send'
      setup.conversation.sendMessage('before')
      const task = await send(setup, 10)
      setup.network.losesRequest = () => false
      return task
    },
  },
  {
    name: 'sending',
    bring: async (setup) => {
      setup.network.losesRequest = ({ event }) => event === 'chat:send'
      const task = await send(setup, 10)
      setup.network.losesRequest = () => false
      return task
    },
  },
  { name: 'waiting', fails: true, bring: (setup) => send(setup, 300) },
  { name: 'submitted', bring: (setup) => send(setup, 12) },
  { name: 'streaming', bring: (setup) => send(setup, 80) },
  {
    name: 'streaming, cut off',
    bring: async (setup) => {
      const task = await send(setup, 80)
      offline(setup)
      await setup.clock.advance(100)
      return task
    },
  },
  {
    name: 'stopping',
    bring: async (setup) => {
      const task = await send(setup, 80)
      setup.network.losesRequest = ({ event }) => event === 'chat:stop'
      void setup.conversation.stop()
      await setup.clock.advance(10)
      setup.network.losesRequest = () => false
      return task
    },
  },
  { name: 'failed', fails: true, bring: (setup) => send(setup, 60_000) },
  {
    name: 'refused',
    bring: async (setup) => {
      setup.network.answers = ({ event }) =>
        event === 'chat:send' ? refused({ error_code: 'validation', retryable: false }) : undefined
      const task = await send(setup, 100)
      setup.network.answers = () => undefined
      return task
    },
  },
  { name: 'finished', bring: (setup) => send(setup, 5000) },
  {
    name: 'stopped',
    bring: async (setup) => {
      const task = await send(setup, 80)
      void setup.conversation.stop()
      await setup.clock.advance(1000)
      return task
    },
  },
]

const actions: Readonly<Record<string, (conversation: Conversation, task: ChatTask) => unknown>> = {
  nothing: () => {},
  stop: (it, { id }) => it.stop(id),
  discard: (it, { id }) => it.discard(id),
  retry: (it, { id }) => it.retry(id).finished,
  retryNow: (it, { id }) => it.retryNow(id),
  regenerate: (it) => it.regenerate().finished,
  edit: (it, { id }) =>
    it.editMessage(it.getSnapshot().messages.find(({ taskId }) => taskId === id)?.id ?? 'none', 'edited')
      .finished,
}

/**
 * `docs/delivery.md` is the table that is tested: how the task's answer was promised, what the action itself gave, and what
 * the person sees when everything has come to rest.
 */
const documented = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes(' / '))
  .map((line) => line.split('|').map((cell) => cell.trim()))

const expected = (state: string, action: string) =>
  documented.find(([, name]) => name === state)?.[2 + Object.keys(actions).indexOf(action)]

const shorthand = (conversation: Conversation) =>
  conversation
    .getSnapshot()
    .messages.filter(({ parts }) => !JSON.stringify(parts).includes('before'))
    .map((message) => {
      const isEdit = JSON.stringify(message.parts).includes('edited')
      return `${isEdit ? 'e' : message.role === 'user' ? 'q' : 'a'}:${message.status}`
    })
    .join(' ')

async function play(state: State, action: string) {
  let isFailing = state.fails ?? false
  const setup = setUp({
    responder: { fail: () => (isFailing ? reset() : undefined) },
    client: { retry: { baseDelay: 2000, jitter: 'none' }, retryBudget: false },
  })
  const { conversation, clock, client, clientClock, network } = setup
  conversation.subscribe(() => {})
  await clock.advance(50)
  const task = await state.bring(setup)
  isFailing = false
  const acted = actions[action]?.(conversation, task)
  const ended =
    acted instanceof Promise ? outcome(acted) : Promise.resolve(acted === undefined ? '-' : String(acted))
  await clock.advance(100)
  network.reachable = true
  await clock.advance(120_000)
  const result = await ended
  const line = `${await outcome(task.finished)} / ${result} / ${shorthand(conversation) || 'empty'}`
  const { status, error, retryState } = conversation.getSnapshot()
  expect(['ready', 'error'], 'comes to rest').toContain(status)
  expect(status === 'error', 'error and status agree').toBe(error !== null)
  expect(retryState).toBeNull()
  await client.close()
  expect(clientClock.pending, 'no timer is left').toBe(0)
  return line
}

describe('whatever a person does, in whatever state a task is', () => {
  for (const state of states) {
    for (const action of Object.keys(actions)) {
      it(`${state.name}: ${action}`, async () => {
        expect(await play(state, action)).toBe(expected(state.name, action))
      })
    }
  }
})
