import { expect, it } from 'vitest'
import type { PageSignals } from '../../src/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { refused, scripted } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

function page() {
  let isOnline = true
  let wake = () => {}
  let listening = 0
  const signals = {
    isOnline: () => isOnline,
    listen: (listener: { wake(): void }) => {
      listening++
      wake = () => listener.wake()
      return () => void listening--
    },
  } as PageSignals
  const set = (online: boolean) => {
    isOnline = online
    wake()
  }
  return { signals, set, listening: () => listening }
}

it('close() leaves no listener of the page although the app connects again on idle', async () => {
  const { signals, listening } = page()
  const { clock, client } = scripted({}, { page: signals })
  client.on('connection', ({ status }) => {
    if (status === 'idle') client.connect()
  })
  client.connect()
  await clock.advance(100)
  await client.close()
  expect(listening()).toBe(0)
})

it('signOut() leaves no connection that refuses everything although the app connects again on idle', async () => {
  const { clock, client } = setUp({ client: { identity: 'ann', storage: memoryOutbox() } })
  client.on('connection', ({ status }) => {
    if (status === 'idle') client.connect()
  })
  client.connect()
  await clock.advance(100)
  await client.signOut()
  await clock.advance(100)
  expect(client.getSnapshot().connection.status).toBe('connected')
  const task = client.conversation('demo').sendMessage('Hello')
  await clock.advance(1000)
  expect(await outcome(task.accepted)).toBe('resolved')
})

it('a conversation that was looked up while nobody was signed in is another one after connect()', async () => {
  const { clock, client } = setUp({ client: { identity: 'ann', storage: memoryOutbox() } })
  client.connect()
  await clock.advance(100)
  await client.signOut()
  const refusing = client.conversation('demo')
  expect(await outcome(refusing.sendMessage('Hello').accepted)).toBe('closed')
  client.connect()
  await clock.advance(100)
  const task = client.conversation('demo').sendMessage('Hello')
  await clock.advance(1000)
  expect(await outcome(task.accepted)).toBe('resolved')
  expect(await outcome(refusing.sendMessage('Hello').accepted)).toBe('closed')
  await client.close()
})

it('a network that goes for half a second while the connection waits is used as soon as it is back', async () => {
  const { signals, set } = page()
  const { clock, client, network } = setUp({
    client: { page: signals, reconnect: { baseDelay: 5000, jitter: 'none' } },
  })
  client.connect()
  await clock.advance(100)
  network.reachable = false
  network.cut()
  await clock.advance(100)
  set(false)
  await clock.advance(500)
  network.reachable = true
  set(true)
  await clock.advance(1000)
  expect(client.getSnapshot().connection.status).toBe('connected')
})

it('a browser that is online again is not shown as offline while the server asks for patience', async () => {
  const { signals, set } = page()
  const { clock, client, network } = setUp({ client: { page: signals } })
  const { error } = refused({ code: 'overloaded', retry_after_ms: 60_000 })
  network.admit = () => Object.assign(new Error('x'), { data: error })
  set(false)
  client.connect()
  await clock.advance(100)
  expect(client.getSnapshot().connection.status).toBe('offline')
  set(true)
  await clock.advance(30_000)
  expect(client.getSnapshot().connection.status).toBe('waiting')
})
