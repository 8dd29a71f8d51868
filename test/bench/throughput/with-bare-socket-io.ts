import { io } from 'socket.io-client'
import { meter } from './meter.js'
import { type Burst, conversationIds, type Measured, type Scenario, word } from './scenario.js'

type Deltas = Extract<Scenario, { kind: 'deltas' }>
type Sends = Extract<Scenario, { kind: 'sends' }>

interface Event {
  readonly type: string
  readonly conversation_id: string
  readonly text: string
}

const timestamp = '2026-01-01T00:00:00.000Z'
let made = 0

const request = (conversation_id: string, text: string, metadata?: object) => {
  const id = `t${made++}`
  const parts = [{ type: 'text', text }]
  const message = { id: `m${id}`, role: 'user', parts, created_at: timestamp, ...(metadata && { metadata }) }
  return { conversation_id, task_id: id, input: { kind: 'message', message } }
}

async function open(url: string) {
  const socket = io(url, { transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve) => socket.on('connect', resolve))
  return socket
}

/** What one writes first: a listener that appends to a string. */
export async function deltasWithBareSocketIo(url: string, scenario: Deltas): Promise<Measured> {
  const { conversations: count, perPush } = scenario
  const socket = await open(url)
  let texts: Record<string, string> = {}
  let unfinished = 0
  let ended = () => {}
  const take = (event: Event) => {
    if (event.type === 'delta') texts[event.conversation_id] += event.text
    else if (event.type === 'start') texts[event.conversation_id] = ''
    else if (event.type === 'finish' && --unfinished === 0) ended()
  }
  socket.on('chat:event', (payload: Event | Event[]) => {
    if (Array.isArray(payload)) for (const event of payload) take(event)
    else take(payload)
  })
  const run = async (deltas: number): Promise<Measured> => {
    const burst: Burst = { deltas, perPush, conversations: conversationIds(count) }
    texts = {}
    unfinished = count
    const over = new Promise<void>((resolve) => {
      ended = resolve
    })
    const measure = meter()
    await socket.timeout(10_000).emitWithAck('chat:send', request('c0', 'stream', { burst }))
    await over
    const measured = measure(deltas)
    const length = Object.values(texts).join('').length
    if (length !== deltas * word.length) throw new Error(`unable to measure; ${length} characters came`)
    return measured
  }
  await run(scenario.deltas / 5)
  const measured = await run(scenario.deltas)
  socket.disconnect()
  return measured
}

/** Requests with a time limit, as many in flight as the other contender asks for. */
export async function sendsWithBareSocketIo(url: string, scenario: Sends): Promise<Measured> {
  const { conversations: count, atOnce } = scenario
  const socket = await open(url)
  const shown: string[] = []
  socket.on('chat:event', (events: Event[]) => {
    for (const { type, text } of events) if (type === 'delta') shown.push(text)
  })
  const run = async (sends: number): Promise<Measured> => {
    const each = sends / count
    const measure = meter()
    await Promise.all(
      conversationIds(count).map(async (id) => {
        for (let sent = 0; sent < each; sent += atOnce)
          await Promise.all(
            Array.from({ length: atOnce }, () =>
              socket.timeout(10_000).emitWithAck('chat:send', request(id, 'hello')),
            ),
          )
      }),
    )
    return measure(sends)
  }
  await run(scenario.sends / 5)
  const measured = await run(scenario.sends)
  socket.disconnect()
  return measured
}
