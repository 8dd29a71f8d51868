import type { Socket } from 'socket.io'

type EngineSocket = Socket['conn']

/** A client of this protocol sends 10 requests at most without an answer. */
const maxPackets = 16
/** An app's own connections may send more. A client that names no protocol counts as one of them, and needs no token. */
const maxForeignPackets = 1000
const separator = '\u001e'

export interface PacketGuard {
  /** Whether the limits apply; an app's own connections have wider ones, and those that the app gave its server. */
  readonly isOurs: () => boolean
  /** Names the namespaces that this protocol is served on. */
  readonly namespaces: () => ReadonlySet<string>
  /** Values of JSON that a packet of this protocol may hold. */
  readonly maxValues: number
  /** Bytes that one attachment of such a packet may have: no request holds any, and Socket.IO gathers them first. */
  readonly maxAttachment: number
  readonly cut: () => void
}

interface Transport {
  readonly name: string
  onData(data: unknown): void
  onPacket(packet: Packet): void
}

interface Packet {
  readonly type: string
  readonly data?: unknown
}

/**
 * Ends a connection before what it has sent is decoded, if that would hold up everyone else: a polling request of a
 * hundred thousand packets, a packet of a hundred thousand values, bytes by the megabyte.
 */
export function guardPackets(conn: EngineSocket, guard: PacketGuard): void {
  // Attachments follow the packet that announces them.
  let isOfOurs = false
  const isForbidden = ({ type, data }: Packet): boolean => {
    if (type !== 'message') return false
    if (typeof data === 'string') {
      isOfOurs = guard.namespaces().has(namespaceOf(data))
      return isOfOurs && hasMoreValues(data, guard.maxValues)
    }
    return isOfOurs && ArrayBuffer.isView(data) && data.byteLength > guard.maxAttachment
  }
  const watch = (given: unknown) => {
    const transport = given as Transport
    const onPacket = transport.onPacket.bind(transport)
    transport.onPacket = (packet) => {
      if (guard.isOurs() && isForbidden(packet)) guard.cut()
      else onPacket(packet)
    }
    if (transport.name !== 'polling') return
    const onData = transport.onData.bind(transport)
    transport.onData = (data) => {
      const most = guard.isOurs() ? maxPackets : maxForeignPackets
      if (typeof data === 'string' && hasMorePackets(data, most)) guard.cut()
      else onData(data)
    }
  }
  watch(conn.transport)
  conn.on('upgrade', watch)
}

function hasMorePackets(data: string, max: number): boolean {
  let packets = 1
  for (let at = data.indexOf(separator); at >= 0; at = data.indexOf(separator, at + 1)) {
    packets += 1
    if (packets > max) return true
  }
  return false
}

// Socket.IO's type, the number of attachments, and the namespace if it is not the main one.
const header = /^[0-6](?:\d*-)?(\/[^,?]*)/

const namespaceOf = (data: string): string => header.exec(data.slice(0, 512))?.[1] ?? '/'

const quote = 34
const backslash = 92
const begins: ReadonlySet<number> = new Set([...'[{,'].map((character) => character.charCodeAt(0)))

/** Counts what begins a value outside of texts: to parse a long text is cheap, to parse a hundred thousand values is not. */
export function hasMoreValues(json: string, max: number): boolean {
  if (json.length <= max) return false
  let values = 0
  let isText = false
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (isText) {
      if (code === backslash) at += 1
      else if (code === quote) isText = false
    } else if (code === quote) isText = true
    else if (begins.has(code)) {
      values += 1
      if (values > max) return true
    }
  }
  return false
}
