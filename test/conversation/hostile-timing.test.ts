import { describe, expect, it } from 'vitest'
import { type ChatMessage, type ChatTask, messageText, type TransportHandlers } from '../../src/index.js'
import type { OutboxStorage } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import {
  accepted,
  answered,
  joined,
  older,
  question,
  refused,
  said,
  scripted,
  snapshot,
  watched,
  watchedFromEnd,
} from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { ownerOf, storedBy } from '../support/stored.js'

const err = (fields: object) => ({
  type: 'error',
  error: 'x',
  error_code: 'temporary',
  retryable: true,
  ...fields,
})

describe('clock set back', () => {
  it('a silent task is asked after within minutes although somebody set the clock back a day', async () => {
    let skew = 0
    const s = setUp({ responder: { words: 3 } })
    const clock = {
      now: () => s.clock.now() + skew,
      setTimeout: (f: () => void, ms: number) => s.clock.setTimeout(f, ms),
      clearTimeout: (id: unknown) => s.clock.clearTimeout(id),
    }
    const c = s.makeClient({ clock }).conversation('demo')
    c.subscribe(() => {})
    await s.clock.advance(100)
    const task = c.sendMessage('Hello')
    let settled = false
    task.finished.finally(() => {
      settled = true
    })
    await s.clock.advance(12)
    s.network.push = () => [] // what is pushed from now on is lost
    skew = -86_400_000
    await s.clock.advance(600_000)
    expect(settled).toBe(true)
  })
})

describe('loadOlder', () => {
  /** A page that asks for older messages, which the server does not answer. */
  async function loading() {
    const s = scripted({
      'chat:join': () =>
        joined({ offset: 5, snapshot: snapshot(5, { messages: [question('u5')], has_older: true }) }),
      'chat:history': () => undefined,
    })
    const leave = s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    let settled = false
    const settle = () => {
      settled = true
    }
    s.conversation.loadOlder().then(settle, settle)
    await s.clock.advance(10)
    return { ...s, leave, isSettled: () => settled }
  }

  it('settles although the page has gone away while the connection was lost', async () => {
    const { clock, client, cut, leave, isSettled } = await loading()
    cut()
    leave()
    await clock.advance(3_600_000)
    expect(client.getSnapshot().connection.status).toBe('connected')
    expect(isSettled()).toBe(true)
  })

  it('settles although the person has disconnected', async () => {
    const { clock, client, isSettled } = await loading()
    client.disconnect()
    await clock.advance(3_600_000)
    expect(isSettled()).toBe(true)
  })
})

describe('a message that the app retries as soon as it hears of the failure', () => {
  it('outlives the page', async () => {
    const storage = memoryOutbox()
    const s = setUp({ client: { identity: 'ann', storage } })
    let refuses = true
    s.network.answers = ({ event }) =>
      event === 'chat:send' && refuses ? refused({ retryable: false, error_code: 'system' }) : undefined
    const task = s.conversation.sendMessage('Hello')
    s.client.on('error', ({ conversationId }) => {
      if (!conversationId) return
      refuses = false
      s.network.reachable = false
      s.network.cut()
      s.conversation.retry(task.id)
    })
    await s.clock.advance(5000)
    expect(s.client.getSnapshot().queued).toBe(1)
    expect(await storedBy(storage, 'ann')).toHaveLength(1)
  })
  it('outlives the page where the storage is slow', async () => {
    const memory = memoryOutbox()
    const s0 = setUp()
    let chain: Promise<unknown> = Promise.resolve()
    // one after the other, as IndexedDB does with what writes; the first write takes long
    let ms = 3000
    const slow = <T>(work: () => Promise<T>): Promise<T> => {
      const wait = ms
      ms = 1
      const run = chain.then(() => new Promise<void>((r) => s0.clock.setTimeout(r, wait))).then(work)
      chain = run.catch(() => {})
      return run
    }
    const storage: OutboxStorage = {
      ...memory,
      put: (i) => slow(() => memory.put(i)),
      remove: (k) => slow(() => memory.remove(k)),
      wipe: (i) => slow(() => memory.wipe(i)),
    }
    const client = s0.makeClient({ identity: 'ann', storage })
    const c = client.conversation('demo')
    s0.network.answers = ({ event }) =>
      event === 'chat:send' ? refused({ retryable: false, error_code: 'system' }) : undefined
    const task = c.sendMessage('Hello')
    await s0.clock.advance(1000)
    expect(await outcome(task.finished)).toBe('system')
    s0.network.answers = () => undefined
    s0.network.reachable = false
    s0.network.cut()
    c.retry(task.id)
    await s0.clock.advance(60_000)
    expect(client.getSnapshot().queued).toBe(1)
    expect(await storedBy(memory, 'ann')).toHaveLength(1)
  })
})

describe('advice', () => {
  it('of the last failure counts where two attempts have failed in one push', async () => {
    const s = await watched({ 'chat:send': () => accepted(1), 'chat:retry': () => accepted(9) })
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    s.push([
      said(1, { type: 'message', task_id: task.id, message: question('q') }),
      said(2, { type: 'start', task_id: task.id, message_id: 'a', attempt: 1 }),
      said(3, { ...err({ task_id: task.id, attempt: 1, message_id: 'a' }) }),
      said(4, { type: 'start', task_id: task.id, message_id: 'a', attempt: 2 }),
      said(5, { ...err({ task_id: task.id, attempt: 2, message_id: 'a', retry_after_ms: -1 }) }),
    ])
    await s.clock.advance(60_000)
    expect(s.asked('chat:retry')).toEqual([])
  })
  it('holds where both come as the backlog of a reconnect', async () => {
    const s = await watched({ 'chat:send': () => accepted(1), 'chat:retry': () => accepted(9) })
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    s.push(said(1, { type: 'message', task_id: task.id, message: question('q') }))
    const events = [
      said(2, { type: 'start', task_id: task.id, message_id: 'a', attempt: 1 }),
      said(3, { ...err({ task_id: task.id, attempt: 1, message_id: 'a' }) }),
      said(4, { type: 'start', task_id: task.id, message_id: 'a', attempt: 2 }),
      said(5, { ...err({ task_id: task.id, attempt: 2, message_id: 'a', retry_after_ms: 30_000 }) }),
    ]
    s.rewrite({
      'chat:join': ({ after }) =>
        joined({ offset: 5, events: (after as { offset: number }).offset < 5 ? events : [] }),
    })
    s.cut()
    await s.clock.advance(20_000)
    expect(s.asked('chat:retry')).toEqual([])
  })
})

describe('token', () => {
  it('that expires again an hour after a join nobody waited for is renewed again', async () => {
    const auth: string[] = []
    const s = scripted(
      {},
      {
        auth: ({ reason }) => {
          auth.push(reason)
          return 'token'
        },
        gcTime: 1000,
      },
    )
    s.rewrite({ 'chat:join': () => refused({ error_code: 'auth', code: 'token_expired', retryable: false }) })
    const off = s.conversation.subscribe(() => {})
    await s.clock.advance(16) // the refusal comes, a new token is got
    off()
    await s.clock.advance(5000)
    expect(auth).toEqual(['connect', 'expired'])
    expect(s.asked('chat:join')).toHaveLength(1)
    await s.clock.advance(3_600_000)
    let first = true
    s.rewrite({
      'chat:join': () => {
        if (first) {
          first = false
          return refused({ error_code: 'auth', code: 'token_expired', retryable: false })
        }
        return joined({})
      },
    })
    s.conversation.subscribe(() => {})
    await s.clock.advance(5000)
    expect(s.conversation.getSnapshot().error).toBeNull()
    expect(auth).toEqual(['connect', 'expired', 'expired'])
  })
})

describe('server retry', () => {
  it('is over when a part of the new try arrives', async () => {
    const s = await watched({ 'chat:send': () => accepted(1) })
    const task = s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    s.push([
      said(1, { type: 'message', task_id: task.id, message: question('q') }),
      said(2, { type: 'start', task_id: task.id, message_id: 'a', attempt: 1 }),
      said(3, {
        type: 'retry',
        task_id: task.id,
        try: 2,
        max_tries: 3,
        delay_ms: 1000,
        error_code: 'temporary',
      }),
    ])
    await s.clock.advance(2000)
    s.push(
      said(4, {
        type: 'part',
        task_id: task.id,
        message_id: 'a',
        part: 0,
        value: { type: 'tool', tool_call_id: 'c', name: 'search', state: 'running' },
      }),
    )
    await s.clock.advance(20_000)
    const { status, retryState } = s.conversation.getSnapshot()
    expect(status).toBe('streaming')
    expect(retryState).toBeNull()
  })
})

describe('an older page and pushes', () => {
  const old = (text: string, status = 'streaming') => [
    question('u1', { task_id: 't1' }),
    answered('a1', { task_id: 't1', status, parts: [{ type: 'text', text }] }),
  ]
  const running = { task_id: 't1', attempt: 2, state: 'running', message_id: 'a1' }
  const text = ({ conversation }: ReturnType<typeof scripted>) =>
    messageText(conversation.getSnapshot().messages.find(({ id }) => id === 'a1') as ChatMessage)
  const delta = (offset: number, t: string) =>
    said(offset, { type: 'delta', task_id: 't1', message_id: 'a1', part: 0, text: t })
  it('a text that the page has already is not added again by its event, which comes after it', async () => {
    const s = await watchedFromEnd({ 'chat:history': () => older(11, old('one two ')) }, [running])
    void s.conversation.loadOlder()
    await s.clock.advance(100)
    s.push(delta(11, 'two '))
    s.push(delta(12, 'three'))
    await s.clock.advance(60_000)
    expect(text(s)).toBe('one two three')
  })
  it('a text that came before the page, and is not in it, is not missing', async () => {
    const answers = [older(10, old('one ')), older(12, old('one two three'))]
    const s = await watchedFromEnd({ 'chat:history': () => answers.shift() }, [running])
    const loaded = s.conversation.loadOlder()
    s.push(delta(11, 'two '))
    await s.clock.advance(100)
    s.push(delta(12, 'three'))
    await s.clock.advance(60_000)
    await loaded
    expect(text(s)).toBe('one two three')
  })
  it('an answer that ended before the page came does not stream for ever', async () => {
    const answers = [older(10, old('one')), older(11, old('one', 'complete'))]
    const s = await watchedFromEnd({ 'chat:history': () => answers.shift() }, [running])
    const loaded = s.conversation.loadOlder()
    s.push(said(11, { type: 'finish', task_id: 't1', message_id: 'a1' }))
    await s.clock.advance(100)
    await loaded
    await s.clock.advance(600_000)
    const shown = s.conversation.getSnapshot().messages.find((m) => m.id === 'a1')
    expect(shown?.status ?? 'not shown').not.toBe('streaming')
  })
})

describe('spread', () => {
  it('advised by a server that closes is not that of the next one, which advises none', async () => {
    const s = setUp({ responder: { words: 1 } })
    let handlers: TransportHandlers | undefined
    const client = s.makeClient({
      random: () => 0.999,
      transport: (o) => {
        handlers = o.handlers
        return s.network.transport(o)
      },
    })
    const c = client.conversation('demo')
    c.subscribe(() => {})
    await s.clock.advance(1000)
    handlers?.pushed('chat:closing', { reconnect_spread_ms: 300_000 })
    s.network.cut()
    await s.clock.advance(600_000)
    expect(client.getSnapshot().connection.status).toBe('connected')
    await s.clock.advance(8 * 3_600_000)
    s.network.cut() // a blip of the network, all day later; the new server's joins advise nothing
    await s.clock.advance(10_000)
    expect(client.getSnapshot().connection.status).toBe('connected')
  })
})

describe('decline', () => {
  it('of a tool call is not shown as a call that runs', async () => {
    const call = { type: 'tool', tool_call_id: 'c', name: 'delete_files', state: 'approval' }
    const s = await watched({
      'chat:join': () =>
        joined({
          offset: 5,
          snapshot: snapshot(5, { messages: [question('u5'), answered('a5', { parts: [call] })] }),
        }),
      'chat:send': () => undefined,
    })
    s.client.disconnect()
    s.conversation.respondToApproval({ toolCallId: 'c', approved: false })
    const part = s.conversation.getSnapshot().messages[1]?.parts[0] as { state: string }
    expect(part.state).not.toBe('running')
  })
})

describe('stored intent', () => {
  it('with a state that only a server could write does not break the page', async () => {
    const storage = memoryOutbox()
    await storage.put({
      version: 1,
      ...ownerOf('ann'),
      queue: 'q',
      conversationId: 'demo',
      taskId: 't',
      createdAt: new Date(Date.UTC(2026, 0, 1)).toISOString(),
      input: {
        kind: 'message',
        message: {
          id: 'm',
          role: 'user',
          parts: [{ type: 'text', text: 'x' }],
          created_at: 't',
          status: 'failed',
          error: { ...err({}), timestamp: 't' } as never,
        },
      },
    })
    const s = setUp({ client: { identity: 'ann', storage } })
    s.network.reachable = false
    s.conversation.subscribe(() => {})
    await s.clock.advance(3000)
    expect(() => s.conversation.getSnapshot()).not.toThrow()
  })
})

describe('expiry', () => {
  it('is what the message says, too', async () => {
    const s = setUp()
    s.client.disconnect()
    const { id } = s.conversation.sendMessage('Hello')
    await s.clock.advance(86_401_000)
    expect(s.conversation.getSnapshot().messages[0]?.error?.code).toBe('expired')
    void id
  })
  it('an app that retries at once is not told that it was cancelled', async () => {
    const s = setUp({ responder: { words: 1 } })
    s.client.disconnect()
    const { id } = s.conversation.sendMessage('Hello')
    let again: ChatTask | undefined
    s.conversation.on('error', () => {
      again ??= s.conversation.retry(id)
    })
    await s.clock.advance(86_401_000)
    s.client.connect()
    await s.clock.advance(60_000)
    expect(await outcome(again?.finished as Promise<unknown>)).toBe('resolved')
  })
})

describe('double regenerate', () => {
  it('pressed twice answers the last question again, and takes no question away', async () => {
    const s = setUp({ responder: { words: 2 } })
    s.conversation.subscribe(() => {})
    s.conversation.sendMessage('one')
    s.conversation.sendMessage('two')
    await s.clock.advance(5000)
    s.conversation.regenerate()
    s.conversation.regenerate()
    await s.clock.advance(5000)
    expect(transcript(s.conversation.getSnapshot().messages).filter((t) => t.startsWith('user'))).toEqual([
      'user: one (sent)',
      'user: two (sent)',
    ])
  })
})

describe('a bad event', () => {
  it('that should have ended a task does not keep its promise open for ever', async () => {
    const s = await watched({ 'chat:send': () => accepted(1) })
    const task = s.conversation.sendMessage('Hello')
    let settled = false
    task.finished
      .finally(() => {
        settled = true
      })
      .catch(() => {})
    await s.clock.advance(100)
    const done = snapshot(4, {
      messages: [
        question('q', { task_id: task.id }),
        answered('a', { task_id: task.id, status: 'complete' }),
      ],
    })
    s.rewrite({
      'chat:join': ({ after }) =>
        after === null ? joined({ offset: 4, snapshot: done }) : joined({ offset: 4 }),
    })
    s.push([
      said(1, { type: 'message', task_id: task.id, message: question('q') }),
      said(2, { type: 'start', task_id: task.id, message_id: 'a', attempt: 1 }),
      said(3, { type: 'delta', task_id: task.id, message_id: 'a', part: 0, text: 'a' }),
      said(4, { type: 'finish', task_id: task.id, message_id: 'a', metadata: null }),
    ])
    await s.clock.advance(3_600_000)
    expect(settled).toBe(true)
  })
})

describe('snapshot without task ids', () => {
  it('that shows a message of mine by its id does not show it twice, nor is it sent again', async () => {
    const s = await watched({ 'chat:send': () => undefined })
    s.conversation.sendMessage('Hello')
    await s.clock.advance(100)
    const input = s.asked('chat:send')[0]?.payload.input as { message: { id: string } }
    s.rewrite({
      'chat:join': () =>
        joined({ offset: 3, snapshot: snapshot(3, { messages: [input.message, answered('a')] }) }),
    })
    s.cut()
    await s.clock.advance(5000)
    expect(s.conversation.getSnapshot().messages.map((m) => m.id)).toEqual([input.message.id, 'a'])
  })
})
