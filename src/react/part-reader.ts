/** The part of a store that one mounted component shows. */
export class PartReader<Part> {
  /** Renders the component again. */
  readonly render: () => void
  #shown: Part | undefined
  #getPart: (() => Part) | undefined
  /** Whether the last commit of the component showed another part than the commit before. */
  hasChanged = false

  constructor(render: () => void) {
    this.render = render
  }

  /** A commit of the component shows `part`, which was read by `getPart`. */
  shows(part: Part, getPart: () => Part): void {
    this.hasChanged = this.#getPart === undefined || !Object.is(part, this.#shown)
    this.#shown = part
    this.#getPart = getPart
  }

  get isOutdated(): boolean {
    try {
      return !Object.is(this.#getPart?.(), this.#shown)
    } catch {
      // The selector throws again in the render, where an error boundary of the app can catch it.
      return true
    }
  }
}
