import { read } from './read.js'

export type Headers = readonly (readonly [name: string, value: string])[]

const maxHeaders = 200
const maxText = 1000

// Where libraries keep the answer: fetch clients; supabase; fern's SDKs and Mistral; AWS; boom; Elasticsearch.
const places = ['response', 'context', 'rawResponse', '$response', 'output', 'meta']

/** The error, and the answers of a server that it carries. */
export const answersIn = (error: unknown): unknown[] => [error, ...places.map((place) => read(error, place))]

// `header` is superagent's, `metadata` that of gRPC and Connect.
const fields = ['headers', 'responseHeaders', 'rawHeaders', 'header', 'metadata']

/**
 * The headers that came with a failure, with lower-case names: a `Headers`, a `Map`, a plain object, a list of pairs, a flat
 * list or a list of `{ name, value }`. `Headers` itself would refuse the pseudo-headers of HTTP/2 and values that are not Latin.
 */
export function headersOf(error: unknown): Headers {
  for (const answer of answersIn(error)) {
    for (const field of fields) {
      const headers = read(answer, field)
      const found = typeof headers === 'object' && headers !== null ? entriesOf(headers) : []
      if (found.length > 0) return found
    }
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

// undici gives the bytes.
const textOf = (value: unknown) => `${value}`.slice(0, maxText)

function pairsOf(headers: object): unknown[][] {
  const { keys, get, getMap } = headers as Record<string, unknown>
  // grpc-js.
  if (typeof getMap === 'function') return Object.entries(getMap.call(headers))
  if (Symbol.iterator in headers) {
    const list = [...(headers as Iterable<unknown>)].map((item) => {
      const name = read(item, 'name')
      return typeof name === 'string' ? [name, read(item, 'value')] : item
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
  return Object.entries(headers)
}

/** The values of a header; more than one if it came several times. */
export const valuesOf = (headers: Headers, name: string): string[] =>
  headers.flatMap(([key, value]) => (key === name ? [value] : []))
