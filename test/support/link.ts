import type { Socket } from 'node:net'

/** What a line does to bytes that it does not lose. */
export interface LineConditions {
  /** Milliseconds that each byte is under way. */
  readonly latencyMs: number
  /** At most so many bytes a second get through, in small pieces. */
  readonly bytesPerSecond: number
}

export const idealLine: LineConditions = { latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY }

/** Says of bytes that have come how many of them still pass before the line breaks; undefined: all, and it holds. */
export type Breakpoint = (chunk: Buffer) => number | undefined

export interface LinkOptions {
  readonly from: Socket
  readonly to: Socket
  /** Looked at for each piece, so that the conditions may change under way. */
  readonly conditions: () => LineConditions
  readonly breakpoint?: Breakpoint | undefined
}

interface Piece {
  /** Null: the end. */
  readonly bytes: Buffer | null
  readonly due: number
}

const trickleMs = 20

/** One direction of a connection. Bytes keep their order, whatever the conditions do; the end comes after them. */
export class Link {
  readonly #options: LinkOptions
  #underWay: Piece[] = []
  #timer: NodeJS.Timeout | undefined
  #isFrozen = false
  #isBroken = false

  constructor(options: LinkOptions) {
    this.#options = options
    const { from, to } = options
    from.on('data', (bytes) => this.#receive(bytes))
    from.on('close', () => this.#take(null))
    to.on('close', () => clearTimeout(this.#timer))
  }

  /** Lets nothing through any more, the end of the connection neither. */
  freeze() {
    this.#isFrozen = true
    this.#underWay = []
    clearTimeout(this.#timer)
    this.#options.from.pause()
  }

  #receive(bytes: Buffer) {
    if (this.#isFrozen || this.#isBroken) return
    const passing = this.#options.breakpoint?.(bytes)
    this.#take(passing === undefined ? bytes : bytes.subarray(0, passing))
    if (passing === undefined) return
    this.#isBroken = true
    this.#options.from.destroy()
  }

  #take(bytes: Buffer | null) {
    if (this.#isFrozen) return
    // Without a line in between nothing shall be slower than it is; and the order is kept.
    const { latencyMs } = this.#options.conditions()
    const due = Math.max(performance.now() + latencyMs, this.#underWay.at(-1)?.due ?? 0)
    this.#underWay.push({ bytes, due })
    if (this.#underWay.length === 1) this.#deliver()
  }

  #deliver = () => {
    for (let piece = this.#underWay[0]; piece; piece = this.#underWay[0]) {
      const early = piece.due - performance.now()
      if (early > 0) return this.#deliverIn(Math.ceil(early))
      this.#underWay.shift()
      const { bytes } = piece
      if (bytes === null) this.#options.to.destroySoon()
      else if (this.#write(bytes, piece.due)) return this.#deliverIn(trickleMs)
    }
  }

  /** @returns whether the line is busy with it for a while. */
  #write(bytes: Buffer, due: number): boolean {
    const most = Math.max(1, (this.#options.conditions().bytesPerSecond * trickleMs) / 1000)
    this.#options.to.write(bytes.subarray(0, most))
    if (bytes.length > most) this.#underWay.unshift({ bytes: bytes.subarray(most), due })
    return most < Number.POSITIVE_INFINITY
  }

  #deliverIn(ms: number) {
    this.#timer = setTimeout(this.#deliver, ms)
  }
}
