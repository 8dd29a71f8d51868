import { afterEach, describe, expect, it } from 'vitest'
import { type Fault, FaultPlan } from '../../examples/mock-server/fault-plan.js'
import type { RunningServer, ServerOptions } from '../../examples/mock-server/start-server.js'
import type { ChatEvent } from '../../src/protocol/events.js'
import { startMockServer } from '../support/start-mock-server.js'
import { saying, textOf, WireClient } from '../support/wire-client.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const c = { conversation_id: 'c' }
const joinAll = { ...c, after: null }
const send = { ...c, task_id: 't', input: saying('m', 'hello') }
const isEnd = ({ type }: ChatEvent) => type === 'finish' || type === 'error'

async function joined(options: ServerOptions = {}): Promise<{ server: RunningServer; client: WireClient }> {
  const server = await startMockServer({ acceptFaults: true, retry: { baseDelay: 1 }, ...options })
  cleanups.push(() => server.crash())
  return { server, client: await join(server) }
}

async function join(server: RunningServer): Promise<WireClient> {
  const client = new WireClient(server.url)
  cleanups.push(() => client.close())
  await client.connected()
  await client.request('chat:join', joinAll)
  return client
}

describe('FaultPlan', () => {
  it('lets a fault happen as often as it was planned, for its user alone', () => {
    const plan = new FaultPlan()
    plan.add('ann', { kind: 'key_error', times: 2 })
    expect(plan.take('bob', 'key_error')).toBeUndefined()
    expect(plan.take('ann', 'slow', 'key_error')).toMatchObject({ kind: 'key_error' })
    expect(plan.take('ann', 'slow')).toBeUndefined()
    expect(plan.take('ann', 'key_error')).toBeDefined()
    expect(plan.take('ann', 'key_error')).toBeUndefined()
  })

  it('loses packets of the event that was named, else of chat:send', () => {
    const plan = new FaultPlan()
    plan.add('ann', { kind: 'lost_ack' })
    plan.add('ann', { kind: 'lost_ack', event: 'chat:stop' })
    expect(plan.takeForEvent('ann', 'lost_ack', 'chat:join')).toBeUndefined()
    expect(plan.takeForEvent('ann', 'lost_ack', 'chat:stop')).toBeDefined()
    expect(plan.takeForEvent('ann', 'lost_ack', 'chat:send')).toBeDefined()
    expect(plan.takeForEvent('ann', 'lost_ack', 'chat:send')).toBeUndefined()
  })

  it('breaks the connection after the planned number of deltas, and again after as many', () => {
    const plan = new FaultPlan()
    plan.add('ann', { kind: 'disconnect', after: 3, times: 2 })
    const breaks = Array.from({ length: 9 }, () => plan.countDelta('ann'))
    expect(breaks.flatMap((broken, index) => (broken ? [index + 1] : []))).toEqual([3, 6])
  })

  it('forgets what was planned', () => {
    const plan = new FaultPlan()
    plan.add('ann', { kind: 'slow' })
    plan.clear('ann')
    expect(plan.take('ann', 'slow')).toBeUndefined()
  })
})

describe('planned faults', () => {
  it.each<[Fault['kind'], object]>([
    ['key_error', { code: 'initializing' }],
    ['connection_reset', { code: 'network' }],
    ['timeout', { code: 'timeout' }],
  ])('%s once: the server tries again and the answer comes', async (kind, expected) => {
    const { client } = await joined()
    await client.request('demo:faults', { kind, times: 1, ms: 1 })
    await client.request('chat:send', send)
    expect(await client.event(isEnd)).toMatchObject({ type: 'finish' })
    expect(client.events.find(({ type }) => type === 'retry')).toMatchObject({
      try: 2,
      max_tries: 3,
      ...expected,
    })
  })

  it('key_error three times: the attempt fails, and clients are told not to retry by themselves', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'key_error', times: 3 })
    await client.request('chat:send', send)
    expect(await client.event(isEnd)).toMatchObject({ type: 'error', retry_after_ms: -1, retryable: true })
    await client.request('chat:retry', { ...c, task_id: 't', attempt: 2 })
    expect(await client.event(({ type }) => type === 'finish')).toBeDefined()
  })

  it('unknown: the attempt fails with nothing of the exception’s text, and is the client’s to retry', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'unknown' })
    await client.request('chat:send', send)
    const error = await client.event(isEnd)
    expect(error).toMatchObject({ type: 'error', error_code: 'unknown', retryable: true })
    expect(error).not.toHaveProperty('retry_after_ms')
    expect(client.frames.join()).not.toMatch(/hunter2|postgres/)
  })

  it('slow: the answer comes all the same', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'slow', ms: 5 })
    await client.request('chat:send', send)
    expect(await client.event(isEnd)).toMatchObject({ type: 'finish' })
  })

  it.each<[Fault, object]>([
    [{ kind: 'validation' }, { code: 'invalid_message', retryable: false }],
    [
      { kind: 'rate_limit', retry_after_ms: 1500 },
      { code: 'rate_limited', retryable: true, retry_after_ms: 1500 },
    ],
    [{ kind: 'auth_expired' }, { code: 'token_expired', error_code: 'auth' }],
  ])('%j: the send is refused, and accepted when it is repeated', async (fault, expected) => {
    const { server, client } = await joined()
    server.faults.add('guest', fault)
    expect(await client.ask('chat:send', send)).toMatchObject({ ok: false, error: expected })
    expect(await client.request('chat:send', send)).toMatchObject({ duplicate: false })
  })

  it('lost_ack: the input is stored, and the repeat says so', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'lost_ack' })
    let answered = false
    client.socket.emit('chat:send', send, () => {
      answered = true
    })
    await client.event(isEnd)
    expect(await client.request('chat:send', send)).toMatchObject({ duplicate: true, state: 'finished' })
    expect(answered).toBe(false)
  })

  it('lost_request: nothing is stored, and the repeat is the first', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'lost_request' })
    client.socket.emit('chat:send', send, () => {})
    expect(await client.request('chat:send', send)).toMatchObject({ duplicate: false, offset: 1 })
  })

  it('duplicate_push and skip_push: the log has what the pushes garbled', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'skip_push', times: 2 })
    server.faults.add('guest', { kind: 'duplicate_push', times: 2 })
    const { epoch } = await client.request('chat:send', send)
    await client.event(isEnd)
    expect(client.events.slice(0, 5).map(({ offset }) => offset)).toEqual([3, 3, 4, 4, 5])
    const { events } = await client.request('chat:join', { ...c, after: { epoch, offset: 0 } })
    expect(events.map((event) => (event as ChatEvent).offset)).toEqual(events.map((_, index) => index + 1))
  })

  it('disconnect: the connection breaks after so many deltas, and the answer goes on', async () => {
    const { server, client } = await joined()
    server.faults.add('guest', { kind: 'disconnect', after: 4 })
    const gone = client.disconnected()
    client.socket.emit('chat:send', send)
    expect(await gone).toBe('transport close')
    expect(client.events.filter(({ type }) => type === 'delta')).toHaveLength(4)
    const back = await join(server)
    await back.request('chat:join', joinAll)
    const { epoch, offset } = await back.request('chat:join', joinAll)
    const all = await back.request('chat:join', { ...c, after: { epoch, offset: 0 } })
    expect(all.events).toHaveLength(offset)
    expect(textOf(all.events as ChatEvent[])).toContain('hello')
  })

  it('half_open: nothing comes through any more until the client gives the connection up by itself', async () => {
    const { server, client } = await joined({ pingInterval: 300, pingTimeout: 300 })
    server.faults.add('guest', { kind: 'half_open' })
    const gone = client.disconnected()
    client.socket.emit('chat:send', send, () => {})
    expect(await gone).toBe('ping timeout')
    expect(client.events).toEqual([])
    const back = await join(server)
    expect(await back.request('chat:send', send)).toMatchObject({ duplicate: false })
  })

  it('restart: asks whoever runs the server, and is refused where nobody can', async () => {
    let restarts = 0
    const { client } = await joined({ onRestart: () => (restarts += 1) })
    expect(await client.request('demo:faults', { kind: 'restart' })).toEqual({ ok: true })
    expect(restarts).toBe(1)
    const { client: other } = await joined()
    expect(await other.ask('demo:faults', { kind: 'restart' })).toMatchObject({
      error: { code: 'invalid_message' },
    })
  })

  it.each<[object, string]>([
    [{ kind: 'dance' }, 'kind'],
    [{ kind: 'slow', ms: -1 }, 'ms'],
    [{ kind: 'slow', times: 0 }, 'times'],
    [{ kind: 'slow', time: 3 }, 'time'],
  ])('refuses %j', async (fault, field) => {
    const { client } = await joined()
    expect(await client.ask('demo:faults', fault)).toMatchObject({ error: { fields: [field] } })
  })
})
