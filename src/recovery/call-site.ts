// An operation may throw one object many times, and callers who joined one task share its error.
const extended = new WeakSet<Error>()

/** The error with the frames of `place` after its own, so that its stack shows who asked for what failed. */
export function withFrames<E extends Error>(error: E, place: Error): E {
  if (extended.has(error)) return error
  extended.add(error)
  const own = error.stack
  try {
    // A getter, because formatting frames costs more than the rest of a failure and most stacks are never read.
    Object.defineProperty(error, 'stack', {
      configurable: true,
      get: () => `${own}\n${place.stack?.replace(/^Error\n/, '')}`,
      set: (value) => Object.defineProperty(error, 'stack', { value, writable: true }),
    })
  } catch {
    // A frozen error keeps its own frames alone.
  }
  return error
}
