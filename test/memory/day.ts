import { ChatClient } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { heapUsed } from '../performance/measure.js'
import { TrackedClock } from '../support/tracked-clock.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { echoServer } from './echo-server.js'

/** What the parent process hands over, as JSON, in the one argument. */
export interface DaySettings {
  /** Hours before the first that is measured. */
  readonly warmUp: number
  readonly hours: number
  /** Numbers of eight bytes that are kept each hour, for a leak of a known size. */
  readonly kept: number
}

export interface Day {
  /** Bytes in use after each hour that is measured. */
  readonly heap: readonly number[]
  readonly answers: number
  /** Timers of the client that wait after its end. */
  readonly pending: number
}

const { warmUp, hours, kept } = JSON.parse(process.argv[2] ?? '{}') as DaySettings

const hour = 3_600_000
const clock = new VirtualClock()
const clientClock = new TrackedClock(clock)
const server = echoServer(clock)
const client = new ChatClient({
  url: 'http://chat.test',
  transport: server.transport,
  clock: clientClock,
  identity: 'guest',
  storage: memoryStorage(),
})
const leak: number[][] = []
const heap: number[] = []
let answers = 0

/** Opens a conversation, writes twelve messages over the hour, loses the connection on the way, and leaves. */
async function spend(index: number): Promise<void> {
  const conversation = client.conversation(`hour ${index}`)
  const leave = conversation.subscribe(() => void conversation.getSnapshot())
  for (let message = 0; message < 12; message++) {
    if (message === 6) server.cut()
    const task = conversation.sendMessage(`message ${message}`)
    await clock.advance(hour / 12)
    await task.finished
    answers++
  }
  leave()
}

for (let index = 0; index < warmUp + hours; index++) {
  await spend(index)
  if (kept > 0) leak.push(new Array<number>(kept).fill(0))
  const used = await heapUsed()
  if (index >= warmUp) heap.push(used)
}
await client.close()
const day: Day = { heap, answers, pending: clientClock.pending }
process.stdout.write(JSON.stringify(day))
