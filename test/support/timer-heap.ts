export interface Timer {
  readonly id: number
  readonly at: number
  readonly callback: () => void
}

const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.id < b.id)

/** Waiting timers, the earliest first; of those for the same instant the one that was set first. */
export class TimerHeap {
  readonly #waiting = new Map<number, Timer>()
  /** A binary heap. A cleared timer stays in it until it comes up, or until most of the heap is such. */
  #heap: Timer[] = []

  get size(): number {
    return this.#waiting.size
  }

  add(timer: Timer): void {
    this.#waiting.set(timer.id, timer)
    this.#heap.push(timer)
    this.#rise(this.#heap.length - 1)
  }

  delete(id: number): void {
    if (!this.#waiting.delete(id) || this.#heap.length < 2 * this.#waiting.size + 100) return
    // A sorted array is a heap.
    this.#heap = [...this.#waiting.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  earliest(): Timer | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#waiting.has(first.id)) return first
      this.#removeFirst()
    }
    return undefined
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #sink(from: number): void {
    for (let index = from; ; ) {
      const [left, right] = [this.#heap[2 * index + 1], this.#heap[2 * index + 2]]
      if (left === undefined) return
      const child = 2 * index + (right !== undefined && isBefore(right, left) ? 2 : 1)
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  /** Swaps the two where the one further down belongs further up. */
  #swapIfBefore(lower: number, upper: number): boolean {
    const [below, above] = [this.#heap[lower], this.#heap[upper]]
    if (below === undefined || above === undefined || !isBefore(below, above)) return false
    this.#heap[lower] = above
    this.#heap[upper] = below
    return true
  }
}
