// An operation may throw one object many times, and callers who joined one task share its error.
const extended = new WeakSet<Error>()

/** The error with the frames of `place` after its own, so that its stack shows who asked for what failed. */
export function withFrames<E extends Error>(error: E, place: Error): E {
  if (!extended.has(error)) {
    extended.add(error)
    try {
      error.stack += `\n${place.stack?.replace(/^Error\n/, '')}`
    } catch {
      // A frozen error keeps its own frames alone.
    }
  }
  return error
}
