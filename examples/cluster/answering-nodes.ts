/** Which node writes an answer, by what the nodes say. */
export class AnsweringNodes {
  readonly #runs = new Map<string, number>()

  /** Takes a message of a node's program; others are ignored. */
  hear(message: unknown): void {
    const { type, node } = message as { readonly type?: unknown; readonly node?: unknown }
    if (typeof node !== 'string') return
    if (type === 'answering') this.#add(node, 1)
    if (type === 'answered') this.#add(node, -1)
  }

  /** A node that was killed says nothing more of its answers. */
  forget(node: string): void {
    this.#runs.delete(node)
  }

  get names(): readonly string[] {
    return [...this.#runs].filter(([, runs]) => runs > 0).map(([name]) => name)
  }

  #add(node: string, change: number): void {
    this.#runs.set(node, Math.max(0, (this.#runs.get(node) ?? 0) + change))
  }
}
