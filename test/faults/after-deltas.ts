import type { Breakpoint } from '../support/link.js'
import { webSocketFrames } from '../support/web-socket-frames.js'

/** Breaks a connection between the answer's delta number `count` and what the server says of the answer next. */
export function afterDeltas(count: number): Breakpoint {
  const read = webSocketFrames()
  let deltas = 0
  return (chunk) => {
    for (const { text, start } of read(chunk)) {
      const isDelta = text.includes('"type":"delta"')
      // What began in an earlier chunk has passed in part; the rest of it never will.
      if (deltas === count && (isDelta || text.includes('"type":"finish"'))) return Math.max(0, start)
      if (isDelta) deltas += 1
    }
    return undefined
  }
}
