// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest'
import { ChatClient, UnauthorizedError } from '../../src/index.js'
import type { Clock } from '../../src/shared/clock.js'
import { browserPageSignals } from '../../src/shared/page-signals.js'
import { joined, question, said, scripted } from '../support/scripted-server.js'
import { VirtualClock } from '../support/virtual-clock.js'

const window_ = (name: string) => window.dispatchEvent(new Event(name))
const broughtBack = () => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
const document_ = (name: string) => document.dispatchEvent(new Event(name))

const wakeUps: [string, () => unknown][] = [
  ['is online again', () => window_('online')],
  ['goes offline', () => window_('offline')],
  ['is brought back from the back/forward cache', broughtBack],
  ['is shown again', () => document_('visibilitychange')],
  ['is resumed', () => document_('resume')],
]

it('a browser that is online again skips the wait for the next attempt', async () => {
  const { clock, client, cut, handshakes } = scripted({}, { reconnect: { baseDelay: 5000, jitter: 'none' } })
  client.connect()
  await clock.advance(100)
  cut()
  await clock.advance(100)
  window_('online')
  await clock.advance(100)
  expect(handshakes()).toBe(2)
  await client.close()
})

describe('a page that', () => {
  it.each(wakeUps)('%s asks what was missed, and whether the connection is alive', async (_how, wakeUp) => {
    const { clock, client, conversation, asked, handshakes } = scripted()
    conversation.subscribe(() => {})
    await clock.advance(100)
    wakeUp()
    await clock.advance(10_000)
    expect(asked('chat:join')).toHaveLength(2)
    expect(handshakes()).toBe(1)
    await client.close()
  })

  it.each(wakeUps)('%s replaces a dead connection within three seconds', async (_how, wakeUp) => {
    let isDead = false
    const { clock, client, conversation, handshakes } = scripted({
      'chat:join': () => (isDead ? undefined : joined({})),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    isDead = true
    wakeUp()
    await clock.advance(2900)
    expect(handshakes()).toBe(1)
    await clock.advance(200)
    expect(handshakes()).toBe(2)
    await client.close()
  })
})

it('what had arrived before a page slept, and is handed on as it wakes, is no sign of life', async () => {
  let isDead = false
  const { clock, client, conversation, handshakes, push } = scripted({
    'chat:join': () => (isDead ? undefined : joined({})),
  })
  conversation.subscribe(() => {})
  await clock.advance(100)
  isDead = true
  broughtBack()
  push(said(1, { type: 'message', message: question('old') }))
  await clock.advance(3100)
  expect(handshakes()).toBe(2)
  await client.close()
})

it('a page that has just been loaded asks nothing twice', async () => {
  const { clock, client, conversation, asked } = scripted()
  conversation.subscribe(() => {})
  await clock.advance(100)
  window_('pageshow')
  await clock.advance(10_000)
  expect(asked('chat:join')).toHaveLength(1)
  await client.close()
})

describe('a connection that has answered after waking stays', () => {
  it('although a message that is sent then gets no answer', async () => {
    const { clock, client, conversation, asked, handshakes } = scripted({ 'chat:send': () => undefined })
    conversation.subscribe(() => {})
    await clock.advance(100)
    document_('resume')
    await clock.advance(1000)
    conversation.sendMessage('Hello')
    await clock.advance(3000)
    expect(asked('chat:send')).toHaveLength(1)
    expect(handshakes()).toBe(1)
    await client.close()
  })

  it('although one from before the sleep gets none', async () => {
    const { clock, client, conversation, handshakes } = scripted({ 'chat:send': () => undefined })
    conversation.subscribe(() => {})
    await clock.advance(100)
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    document_('resume')
    await clock.advance(4000)
    expect(handshakes()).toBe(1)
    await client.close()
  })
})

it('a question that is newer than the waking is given its time', async () => {
  const { clock, client, conversation, handshakes } = scripted({ 'chat:join': () => undefined })
  client.connect()
  await clock.advance(100)
  document_('resume')
  await clock.advance(2000)
  conversation.subscribe(() => {})
  await clock.advance(2000)
  expect(handshakes()).toBe(1)
  await client.close()
})

it('a machine that has slept, and says nothing of it, is noticed by its clock', async () => {
  const { clock, client, conversation, asked } = scripted()
  conversation.subscribe(() => {})
  await clock.advance(60_000)
  expect(asked('chat:join')).toHaveLength(1)
  clock.jump(3_600_000)
  await clock.advance(10_000)
  expect(asked('chat:join')).toHaveLength(2)
  await client.close()
})

it('a hidden tab, whose timers are late, is not taken for a machine that slept', async () => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  const { clock, client, conversation, asked } = scripted()
  conversation.subscribe(() => {})
  await clock.advance(15_000)
  clock.jump(60_000)
  await clock.advance(60_000)
  expect(asked('chat:join')).toHaveLength(1)
  await client.close()
  vi.restoreAllMocks()
})

it('a clock that is set back is taken for a sleep', async () => {
  const timers = new VirtualClock()
  let setBack = 0
  const wall: Clock = {
    now: () => timers.now() - setBack,
    setTimeout: (callback, delay) => timers.setTimeout(callback, delay),
    clearTimeout: (id) => timers.clearTimeout(id as number),
  }
  let woken = 0
  const stop = browserPageSignals.listen({ wake: () => woken++, suspend() {} }, wall)
  await timers.advance(60_000)
  expect(woken).toBe(0)
  setBack = 3_600_000
  await timers.advance(60_000)
  expect(woken).toBe(1)
  stop()
  expect(timers.pending).toBe(0)
})

describe('a client that has just woken, and waits for a sign of life,', () => {
  it('leaves no timer behind when it is closed', async () => {
    const { clock, client, clientClock } = scripted()
    client.connect()
    await clock.advance(100)
    document_('resume')
    await client.close()
    expect(clientClock.pending).toBe(0)
  })

  it('doubts also the next connection, if the page wakes again soon after it was made', async () => {
    let isDead = false
    const { clock, client, conversation, cut, handshakes } = scripted(
      { 'chat:join': () => (isDead ? undefined : joined({})) },
      { reconnect: { baseDelay: 10, jitter: 'none' } },
    )
    conversation.subscribe(() => {})
    await clock.advance(60_000)
    document_('resume')
    cut()
    await clock.advance(500)
    expect(handshakes()).toBe(2)
    isDead = true
    document_('resume')
    await clock.advance(3100)
    expect(handshakes()).toBe(3)
    await client.close()
  })
})

it('a person who acts again and again makes one attempt a second of it', async () => {
  const { clock, client, handshakes, cut } = scripted({}, { reconnect: { baseDelay: 5000, jitter: 'none' } })
  client.connect()
  await clock.advance(100)
  const before = handshakes()
  for (let press = 0; press < 40; press++) {
    cut()
    client.connect()
    await clock.advance(50)
  }
  expect(handshakes() - before).toBeLessThanOrEqual(3)
  await client.close()
})

it('neither begins anew what has failed for good', async () => {
  let asked = 0
  const { clock, client, conversation } = scripted(
    {},
    {
      auth: () => {
        asked++
        throw new UnauthorizedError()
      },
    },
  )
  conversation.subscribe(() => {})
  await clock.advance(100)
  for (const [, wakeUp] of wakeUps) wakeUp()
  await clock.advance(60_000)
  expect(asked).toBe(1)
  expect(client.getSnapshot().connection.status).toBe('failed')
  await client.close()
})

it('a client that is closed listens to nothing, even if it is told to connect', async () => {
  const added = vi.spyOn(window, 'addEventListener')
  const { client } = scripted()
  await client.close()
  client.connect()
  expect(added).not.toHaveBeenCalled()
})

it('a server that asks for patience is not asked again because the network is back, before the time is over', async () => {
  const data = {
    type: 'error',
    error: 'x',
    error_code: 'temporary',
    code: 'overloaded',
    retryable: true,
    timestamp: 't',
    retry_after_ms: 20_000,
  }
  const clock = new VirtualClock()
  const handshakes: number[] = []
  const client = new ChatClient({
    url: 'http://server.test',
    clock,
    transport: ({ handlers }) => ({
      open: () => {
        handshakes.push(clock.now())
        clock.setTimeout(() => handlers.refused(Object.assign(new Error('x'), { data })), 5)
      },
      close: () => {},
      emit: () => {},
    }),
  })
  client.connect()
  for (let second = 0; second < 60; second++) {
    await clock.advance(1000)
    window_('online')
  }
  const waits = handshakes.slice(1).map((at, index) => at - (handshakes[index] ?? 0))
  expect(waits.length).toBeGreaterThan(1)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(20_000)
  await client.close()
})
