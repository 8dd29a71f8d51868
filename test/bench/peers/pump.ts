/** Chunks that come when they come, as a stream. */
export function pump<Chunk>() {
  let controller: ReadableStreamDefaultController<Chunk> | undefined
  const stream = new ReadableStream<Chunk>({
    start(given) {
      controller = given
    },
  })
  return { stream, push: (chunk: Chunk) => controller?.enqueue(chunk), end: () => controller?.close() }
}
