import { read, readString } from './read.js'

export type Headers = readonly (readonly [name: string, value: string])[]

const maxHeaders = 200
const maxText = 1000

// `header` is superagent's, `metadata` that of gRPC and Connect.
const fields = ['headers', 'responseHeaders', 'rawHeaders', 'header', 'metadata']

/**
 * The headers that stand on an answer or an error, with lower-case names: a `Headers`, a `Map`, a plain object, a list of pairs, a
 * flat list, a list of `{ name, value }`. `Headers` itself would refuse the pseudo-headers of
 * HTTP/2 and values that are not Latin.
 */
export function headersOf(answer: unknown): Headers {
  for (const field of fields) {
    const headers = read(answer, field)
    const found = typeof headers === 'object' && headers !== null ? entriesOf(headers) : []
    if (found.length > 0) return found
  }
  return []
}

// The names that `adviceIn` asks for by themselves; a container may tell none of its own.
const asked = ['retry-after', 'retry-after-ms', 'x-ms-retry-after-ms', 'x-should-retry']

function entriesOf(headers: object): Headers {
  try {
    return pairsOf(headers)
      .slice(0, maxHeaders)
      .flatMap(([name, values]) =>
        // A header that came twice.
        [values]
          .flat()
          .flatMap((value): [string, string][] => (value == null ? [] : [[textOf(name), textOf(value)]])),
      )
      .map(([name, value]) => [name.toLowerCase(), value])
  } catch {
    return []
  }
}

/** The text of a header; undici gives the bytes, and a value that has no text is none. */
function textOf(value: unknown): string {
  try {
    return `${value}`.slice(0, maxText)
  } catch {
    return ''
  }
}

function pairsOf(headers: object): unknown[][] {
  const { keys, get, getMap } = headers as Record<string, unknown>
  // grpc-js.
  if (typeof getMap === 'function') return Object.entries(getMap.call(headers))
  if (Symbol.iterator in headers) {
    const list = [...(headers as Iterable<unknown>)].map((item) => {
      const name = readString(item, 'name', 'key')
      return name === undefined ? item : [name, read(item, 'value')]
    })
    return list.every(Array.isArray)
      ? list
      : list.flatMap((item, index) => (index % 2 ? [] : [[item, list[index + 1]]]))
  }
  // Angular's and others' own classes.
  if (typeof get === 'function') {
    const names = typeof keys === 'function' ? [...keys.call(headers)] : asked
    return names.map((name) => [name, get.call(headers, name)])
  }
  return Object.keys(headers).map((name) => [name, read(headers, name)])
}

/** The values of a header; more than one if it came several times. */
export const valuesOf = (headers: Headers, name: string): string[] =>
  headers.flatMap(([key, value]) => (key === name ? [value] : []))
