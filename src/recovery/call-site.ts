/**
 * The error with the frames of `place` after its own, so that its stack shows who asked for what failed. The method that asks
 * stands among them, so an error that is thrown again, or shared by callers who joined one task, is extended once.
 */
export function withFrames<E extends Error>(error: E, place: Error): E {
  try {
    if (!error.stack?.includes('executeWithRetry')) error.stack += `\n${place.stack}`
  } catch {
    // A frozen error keeps its own frames alone.
  }
  return error
}
