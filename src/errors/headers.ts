import { read } from './read.js'

export type Headers = readonly (readonly [name: string, value: string])[]

const maxHeaders = 200

/**
 * The headers that came with a failure, with lower-case names: a `Headers`, a `Map`, a plain object, a list of pairs or a
 * flat list. `Headers` itself would refuse the pseudo-headers of HTTP/2 and values that are not Latin.
 */
export function headersOf(error: unknown): Headers {
  for (const from of [error, read(error, 'response'), read(error, 'context')]) {
    const headers = read(from, 'headers') ?? read(from, 'responseHeaders')
    if (typeof headers === 'object' && headers !== null) return entriesOf(headers)
  }
  return []
}

function entriesOf(headers: object): Headers {
  try {
    const list = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers)
    const pairs = list.every(Array.isArray) ? list : list.map((_, i) => (i % 2 ? [] : [list[i], list[i + 1]]))
    return pairs.slice(0, maxHeaders).map(([name, value]) => [`${name}`.toLowerCase(), `${value}`])
  } catch {
    return []
  }
}

export const header = (headers: Headers, name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1]
