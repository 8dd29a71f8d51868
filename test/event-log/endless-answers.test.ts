import { describe, expect, it } from 'vitest'
import {
  accepted,
  joined,
  question,
  type Script,
  said,
  scripted,
  snapshot,
} from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

const message = (offset: number) => said(offset, { type: 'message', message: question(`q${offset}`) })

/** Servers whose answers to `chat:join` never come to an end. */
const servers: Readonly<Record<string, () => Script>> = {
  'one event each time': () => ({
    'chat:join': ({ after }) => {
      const { offset } = (after ?? { offset: 0 }) as { offset: number }
      return joined({ offset: offset + 1000, events: [message(offset + 1)] })
    },
  }),
  'an older snapshot each time': () => {
    let offset = 1_000_000
    return {
      'chat:join': () => {
        offset -= 10
        return joined({ offset: offset + 5, snapshot: snapshot(offset) })
      },
    }
  },
  'an older, complete snapshot each time': () => {
    let offset = 1_000_000
    return { 'chat:join': () => joined({ offset: --offset, snapshot: snapshot(offset) }) }
  },
  'another log each time': () => {
    let logs = 0
    return {
      'chat:join': () => joined({ epoch: `e${++logs}` }),
      'chat:send': () => accepted(1, { epoch: `s${++logs}` }),
    }
  },
  'two logs in turn': () => {
    let joins = 0
    return {
      'chat:join': () => joined({ epoch: `e${++joins % 2}` }),
      'chat:send': () => accepted(1, { epoch: `e${(joins + 1) % 2}` }),
    }
  },
}

describe('a server that answers each join with', () => {
  it.each(Object.entries(servers))('%s is asked rarely, and then no more', async (_name, script) => {
    const s = scripted(script())
    s.conversation.subscribe(() => {})
    const task = s.conversation.sendMessage('hi')
    // Pushes that do not follow give it reasons to ask.
    for (let n = 0; n < 1200; n++) {
      s.push(message(2_000_000 + n))
      await s.clock.advance(100)
    }
    expect(s.asked('chat:join').length).toBeLessThanOrEqual(130)
    expect(s.conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'interrupted' } })
    expect(await outcome(task.finished)).toBe('interrupted')
    const before = s.asked('chat:join').length
    await s.clock.advance(60_000)
    expect(s.asked('chat:join')).toHaveLength(before)
  })

  it('one event each time is asked at most ten times without a wait', async () => {
    const s = scripted(servers['one event each time']?.())
    s.conversation.subscribe(() => {})
    await s.clock.advance(300)
    expect(s.asked('chat:join')).toHaveLength(10)
  })
})

it('a conversation that was given up so is read again when the person asks for it', async () => {
  const s = scripted(servers['one event each time']?.())
  s.conversation.subscribe(() => {})
  await s.clock.advance(120_000)
  expect(s.conversation.getSnapshot().error?.code).toBe('interrupted')
  s.rewrite({
    'chat:join': () => joined({ offset: 1, snapshot: snapshot(1, { messages: [question('q')] }) }),
  })
  s.conversation.clearError()
  await s.clock.advance(1000)
  expect(s.conversation.getSnapshot()).toMatchObject({
    status: 'ready',
    error: null,
    messages: [{ id: 'q' }],
  })
})
