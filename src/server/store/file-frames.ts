import { crc32 } from 'node:zlib'

/** `<checksum> <JSON>`, without the newline that ends the line. */
const SUM_LENGTH = 8
const NEWLINE = 0x0a

const sumOf = (json: string | Buffer) => crc32(json).toString(16).padStart(SUM_LENGTH, '0')

/** One line of a file: a JSON value with its checksum. */
export function frame(value: unknown): string {
  const json = JSON.stringify(value)
  return `${sumOf(json)} ${json}\n`
}

/** A file's content, up to where it can be read. */
export interface Frames {
  readonly values: readonly unknown[]
  /** Bytes of the lines that `values` came from. */
  readonly length: number
  /**
   * - `torn`: what follows has no end, so its write was cut off and was never acknowledged.
   * - `unended`: the last line is whole but for its newline.
   * - `damaged`: a line is not as it was written.
   */
  readonly end: 'whole' | 'torn' | 'unended' | 'damaged'
}

export function readFrames(bytes: Buffer): Frames {
  const values: unknown[] = []
  let from = 0
  for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
    const value = unframe(bytes.subarray(from, to))
    if (value === undefined) return { values, length: from, end: 'damaged' }
    values.push(value)
    from = to + 1
  }
  const rest = bytes.subarray(from)
  if (rest.length === 0) return { values, length: from, end: 'whole' }
  // A crash can cut off just the newline, and a damaged newline is a byte too many.
  for (const line of [rest, rest.subarray(0, -1)]) {
    const value = unframe(line)
    if (value !== undefined) return { values: [...values, value], length: from + line.length, end: 'unended' }
  }
  return { values, length: from, end: 'torn' }
}

function unframe(line: Buffer): unknown {
  const json = line.subarray(SUM_LENGTH + 1)
  if (json.length === 0 || line.toString('latin1', 0, SUM_LENGTH + 1) !== `${sumOf(json)} `) return undefined
  try {
    return JSON.parse(json.toString('utf8'))
  } catch {
    return undefined
  }
}
