import type { Breakpoint } from '../support/link.js'
import { webSocketFrames } from '../support/web-socket-frames.js'

/**
 * Breaks a connection between the answer's delta number `count` and what the server says of the answer next; before both, if they
 * leave in one packet.
 */
export function afterDeltas(count: number): Breakpoint {
  const read = webSocketFrames()
  let deltas = 0
  return (chunk) => {
    for (const { text, start } of read(chunk)) {
      deltas += text.split('"type":"delta"').length - 1
      // What began in an earlier chunk has passed in part; the rest of it never will.
      if (deltas > count || text.includes('"type":"finish"')) return Math.max(0, start)
    }
    return undefined
  }
}
