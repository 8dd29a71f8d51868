import type { Socket } from 'socket.io'

type EngineSocket = Socket['conn']

/** A client of this protocol sends 10 requests at most without an answer. */
const maxPackets = 16
const separator = '\u001e'

/**
 * Ends a connection whose polling request holds too many packets, before they are decoded: a hundred thousand small ones
 * would hold up everyone else for seconds.
 *
 * @param isOurs whether the limit applies; an app's own connections have the limits that the app gave its server.
 */
export function guardPolling(conn: EngineSocket, isOurs: () => boolean, cut: () => void): void {
  const transport = conn.transport as unknown as { name: string; onData(data: unknown): void }
  if (transport.name !== 'polling') return
  const onData = transport.onData.bind(transport)
  transport.onData = (data) => {
    if (typeof data === 'string' && isOurs() && hasMorePackets(data, maxPackets)) cut()
    else onData(data)
  }
}

function hasMorePackets(data: string, max: number): boolean {
  let packets = 1
  for (let at = data.indexOf(separator); at >= 0; at = data.indexOf(separator, at + 1)) {
    packets += 1
    if (packets > max) return true
  }
  return false
}
