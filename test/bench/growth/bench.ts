import { heapUsed, kilobytes, leastOf, median, microseconds, timePerCall } from '../../performance/measure.js'
import type { Bench, BenchTable, Figure } from '../bench.js'
import { buildLibrary } from '../build-library.js'
import { type Library, openChat, pushesPerFrame } from './chat.js'
import { exponent } from './exponent.js'

const messageCounts = [200, 1000, 5000, 20_000]
const answerBytes = [1000, 10_000, 100_000, 1_000_000]
const bytesPerDelta = 20
const heldCounts = [10, 1000, 20_000]

interface Cost {
  readonly ms: number
  readonly heap: number
}

type Chat = Awaited<ReturnType<typeof openChat>>

/** Of fresh clients: so many in a row that a short measurement is not all noise. The heap is that of the last one. */
async function measure(library: Library, times: number, work: (chat: Chat) => number): Promise<Cost> {
  let ms = 0
  for (let time = 1; time < times; time++) {
    const chat = await openChat(library, 0)
    ms += work(chat)
    await chat.close()
  }
  const chat = await openChat(library, 0)
  const before = await heapUsed()
  ms += work(chat)
  const heap = (await heapUsed()) - before
  await chat.close()
  return { ms: ms / times, heap }
}

/** The middle of what `runs` measurements of each size gave, the sizes in turn. */
async function grow(
  sizes: readonly number[],
  runs: number,
  once: (size: number) => Promise<Cost>,
): Promise<{ size: number; ms: number; heap: number }[]> {
  const costs = sizes.map((size) => ({ size, all: [] as Cost[] }))
  // The first round only warms up.
  for (let run = 0; run <= runs; run++)
    for (const { size, all } of costs) {
      const cost = await once(size)
      if (run > 0) all.push(cost)
    }
  return costs.map(({ size, all }) => ({
    size,
    ms: median(all.map(({ ms }) => ms)),
    heap: median(all.map(({ heap }) => heap)),
  }))
}

/** Microseconds of a delta, and of a frame in which one came, in conversations of these lengths. */
async function deltaCosts(library: Library, runs: number) {
  const chats = await Promise.all(
    heldCounts.map(async (held) => ({
      held,
      chat: await openChat(library, held),
      deltas: [] as number[],
      frames: [] as number[],
    })),
  )
  const delta = { type: 'delta', task_id: 't', message_id: 'answer', part: 0, text: 'word ' }
  for (const { chat } of chats) chat.answer(1)
  for (let run = 0; run <= 2 * runs; run++)
    for (const each of chats) {
      const { push, frame } = each.chat
      const perDelta = leastOf(20, () => timePerCall(2000, () => push(delta)))
      const perFrame = leastOf(20, () =>
        timePerCall(10, () => {
          push(delta)
          frame()
        }),
      )
      // The first round only warms up.
      if (run === 0) continue
      each.deltas.push(perDelta)
      each.frames.push(perFrame)
    }
  for (const { chat } of chats) await chat.close()
  // Of what always does the same work, the least is what nothing else on the machine disturbed.
  return chats.map(({ held, deltas, frames }) => ({
    held,
    delta: Math.min(...deltas),
    frame: Math.min(...frames),
  }))
}

const whole = (figure: number) => Math.round(figure).toLocaleString('en-US')

const atMost = (name: string, limit: number, measured: number, unit: string): Figure => ({
  name,
  mustReach: `≤ ${limit}${unit}`,
  measured: `${measured.toFixed(2)}${unit}`,
  reached: measured <= limit,
})

const about = `The core without React and without a network: what a connection would push is handed to the client in this process, and a
listener that reads the snapshot is called once every ${pushesPerFrame} pushes, as frames would. Memory is the heap's growth after a
collection. The exponent is that of time by size, by least squares over the four sizes: 1 is linear, 2 quadratic. An
answer's deltas have ${bytesPerDelta} characters each. The cost of a delta, and of a frame that shows one, is the least of many measurements: what
always does the same work, undisturbed. A frame's snapshot has an array of all messages, which is made anew.`

export const growthBench: Bench = async ({ runs, progress }) => {
  const library: Library = await import(await buildLibrary())
  progress('messages, one by one')
  const messages = await grow(messageCounts, runs, (count) =>
    measure(library, Math.ceil(1000 / count), (chat) => chat.append(count)),
  )
  progress('answers')
  const answers = await grow(answerBytes, runs, (bytes) =>
    measure(library, Math.min(50, 1_000_000 / bytes), (chat) => chat.answer(bytes / bytesPerDelta)),
  )
  progress('a delta in conversations of different lengths')
  const costs = await deltaCosts(library, runs)
  const points = (grown: typeof messages) => grown.map(({ size, ms }) => [size, ms] as const)
  const [ofMessages, ofAnswers] = [exponent(points(messages)), exponent(points(answers))]
  const [ten, thousand, most] = costs
  const ratio = (cost: (typeof costs)[number] | undefined) => (cost?.delta ?? 0) / (ten?.delta ?? 0)
  const tables: BenchTable[] = [
    {
      caption: `Messages that arrive one by one; time grows with the exponent ${ofMessages.toFixed(2)}`,
      columns: ['messages', 'time', 'per message', 'heap', 'per message'],
      rows: messages.map(({ size, ms, heap }) => [
        whole(size),
        `${ms.toFixed(2)} ms`,
        `${((ms * 1000) / size).toFixed(2)} µs`,
        kilobytes(heap, 0),
        `${whole(heap / size)} bytes`,
      ]),
    },
    {
      caption: `An answer in deltas of ${bytesPerDelta} characters; time grows with the exponent ${ofAnswers.toFixed(2)}`,
      columns: ['answer', 'deltas', 'time', 'per delta', 'heap'],
      rows: answers.map(({ size, ms, heap }) => [
        `${whole(size / 1000)} kB`,
        whole(size / bytesPerDelta),
        `${ms.toFixed(2)} ms`,
        `${((ms * 1000 * bytesPerDelta) / size).toFixed(2)} µs`,
        kilobytes(heap, 0),
      ]),
    },
    {
      caption: 'A delta in conversations of different lengths',
      columns: ['messages held', 'a delta', 'a frame with one delta'],
      rows: costs.map(({ held, delta, frame }) => [whole(held), microseconds(delta), microseconds(frame)]),
    },
  ]
  return {
    title: 'Growth',
    about,
    tables,
    figures: [
      atMost('a long answer, up to 1 MB: exponent of its time', 1.05, ofAnswers, ''),
      atMost('core’s time for a delta at 1,000 messages against 10', 1.1, ratio(thousand), ' ×'),
      atMost('core’s time for a delta at 20,000 messages against 10', 1.1, ratio(most), ' ×'),
    ],
  }
}
