/** The error with the frames of `place` after its own, so that its stack shows who asked for what failed. */
export function withFrames<E extends Error>(error: E, place: Error): E {
  const frames = place.stack?.replace(/^Error\n/, '')
  // Callers who joined one task, and an operation that throws one object twice, share the error.
  if (!frames || error.stack?.includes(frames)) return error
  try {
    error.stack = `${error.stack ?? error}\n${frames}`
  } catch {
    // A frozen error keeps its own frames alone.
  }
  return error
}
