export interface Frame {
  readonly text: string
  /** Where in the chunk the frame begins; negative where it began in an earlier one. */
  readonly start: number
}

const headersEnd = '\r\n\r\n'

/** Finds the frames of a server, which are not masked, in the bytes of a connection as they come. */
export function webSocketFrames(): (chunk: Buffer) => Frame[] {
  let unread: Buffer = Buffer.alloc(0)
  let isUpgraded = false
  return (chunk) => {
    const frames: Frame[] = []
    const offset = unread.length
    unread = Buffer.concat([unread, chunk])
    let read = 0
    if (!isUpgraded) {
      const end = unread.indexOf(headersEnd)
      if (end < 0) return frames
      isUpgraded = true
      read = end + headersEnd.length
    }
    for (let frame = frameAt(unread, read); frame; frame = frameAt(unread, read)) {
      frames.push({ text: unread.toString('utf8', frame.from, frame.to), start: read - offset })
      read = frame.to
    }
    unread = unread.subarray(read)
    return frames
  }
}

/** RFC 6455, section 5.2. */
function frameAt(bytes: Buffer, at: number): { from: number; to: number } | undefined {
  const short = (bytes[at + 1] ?? 0) & 0x7f
  const header = short === 127 ? 10 : short === 126 ? 4 : 2
  const from = at + header
  if (bytes.length < from) return undefined
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short
  return bytes.length < from + length ? undefined : { from, to: from + length }
}
