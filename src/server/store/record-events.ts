import type { PlacedEvent, StoredEvent } from './stored-event.js'

type Delta = Extract<StoredEvent, { type: 'delta' }>

/** Deltas of one part of one message that follow one another. */
interface Words {
  /** Of the first one. */
  readonly offset: number
  readonly event: Delta
  /** One for each delta, as `texts`. */
  readonly times: number[]
  readonly texts: string[]
}

type Block = PlacedEvent | Words

/**
 * The events of a record, in their order and without holes. Nearly all of them are the words of an answer, of which only the text and
 * the time are kept: whole events would take three times the memory, all of which the collector would copy twice.
 */
export class RecordEvents implements Iterable<PlacedEvent> {
  readonly #blocks: Block[] = []
  #length = 0

  constructor(events: Iterable<PlacedEvent> = []) {
    for (const event of events) this.push(event)
  }

  get length(): number {
    return this.#length
  }

  push(placed: PlacedEvent): void {
    const { offset, at, event } = placed
    this.#length += 1
    const last = this.#blocks.at(-1)
    if (last && 'texts' in last && goesOn(last.event, event)) {
      last.times.push(at)
      last.texts.push(event.text)
    } else if (isWord(event)) this.#blocks.push({ offset, event, times: [at], texts: [event.text] })
    else this.#blocks.push(placed)
  }

  /** Those from this index on. */
  slice(from = 0): PlacedEvent[] {
    const start = (this.#blocks[0]?.offset ?? 0) + from
    // From the end, because nearly everyone who asks lacks only the last few.
    const first = this.#blocks.findLastIndex(({ offset }) => offset <= start)
    return this.#blocks.slice(Math.max(0, first)).flatMap((block) => eventsOf(block, start))
  }

  *[Symbol.iterator](): Iterator<PlacedEvent> {
    for (const block of this.#blocks) yield* eventsOf(block)
  }
}

const isWord = (event: StoredEvent): event is Delta => event.type === 'delta' && event.private === undefined

const goesOn = (before: Delta, event: StoredEvent): event is Delta =>
  isWord(event) &&
  event.part === before.part &&
  event.message_id === before.message_id &&
  event.task_id === before.task_id

/** The events of a block whose offsets are not below `start`. */
function eventsOf(block: Block, start = block.offset): PlacedEvent[] {
  if (!('texts' in block)) return block.offset < start ? [] : [block]
  const { offset, times, texts } = block
  const { type, task_id, message_id, part } = block.event
  const skipped = Math.max(0, start - offset)
  return texts.slice(skipped).map((text, index) => ({
    offset: offset + skipped + index,
    at: times[skipped + index] ?? 0,
    event: { type, task_id, message_id, part, text },
  }))
}
