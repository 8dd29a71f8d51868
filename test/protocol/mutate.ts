import fc from 'fast-check'

/** One change to a JSON value: what is done, to which of its places (counted through, modulo), and with what. */
interface Mutation {
  kind: 'replace' | 'delete' | 'add' | 'wrap'
  place: number
  value: unknown
}

const polluting = () => JSON.parse('{"__proto__":{"polluted":true,"type":"text","text":"x"},"constructor":1}')

/** Values at and just past every boundary that the protocol has, and those that trip careless readers. */
export const hostileValues: readonly unknown[] = [
  ...[null, true, false, 'x', '', '__proto__', 'constructor', 'toString', 'skip', 'invalid'],
  ...[0, -0, 1, -1, -2, 0.5, 9_999, 10_000, Number.NaN, Number.POSITIVE_INFINITY, 1e21],
  ...[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1],
  ...[64, 65, 128, 129].map((length) => 'x'.repeat(length)),
  // A smiling face has the length 2 in JavaScript: 128 and 130.
  ...[64, 65].map((length) => '\u{1f600}'.repeat(length)),
  ...['message', 'truncate', 'start', 'delta', 'part', 'retry', 'meta', 'finish', 'stop', 'error'],
  ...['text', 'reasoning', 'tool', 'file', 'source', 'data', 'user', 'running', 'stopped', 'temporary'],
  ...[[], {}, [{}], [[]], ['x'], polluting(), [polluting()]],
  { type: 'text', text: 'x' },
  { type: 'constructor' },
  { type: 'tool', tool_call_id: 'x', name: '', state: 'input' },
  { type: 'data', name: 'x', value: null },
  { type: 'source', url: 7 },
  { type: 'source' },
  { type: 'file', url: '', media_type: '', size: 0 },
]

const names = ['__proto__', 'constructor', 'task_id', 'value', 'type', 'error', 'skipped', 'code']

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'delete', 'add', 'wrap'),
  place: fc.nat(200),
  value: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...hostileValues) },
    fc.jsonValue({ maxDepth: 2 }),
  ),
})

type Container = Record<string | number, unknown>
interface Place {
  container: Container
  key: string
}

function* placesIn(value: unknown): Generator<Place> {
  if (typeof value !== 'object' || value === null) return
  const container = value as Container
  for (const key of Object.keys(container)) {
    yield { container, key }
    yield* placesIn(container[key])
  }
}

// Assigning to `__proto__` would change the prototype; the wire makes an ordinary property of that name.
const define = (container: Container, key: string, value: unknown) =>
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true })

// A copy, since a value that is put into two places and then into itself would be no JSON any more.
const put = (container: Container, key: string, value: unknown) =>
  define(container, key, typeof value === 'object' ? structuredClone(value) : value)

function apply(root: { value: unknown }, { kind, place, value }: Mutation) {
  const places = [...placesIn(root)]
  const chosen = places[place % places.length]
  if (!chosen) return
  const { container, key } = chosen
  if (kind === 'replace') put(container, key, value)
  else if (kind === 'wrap') put(container, key, [container[key]])
  else if (kind === 'add' && Array.isArray(container)) put(container, `${container.length}`, value)
  else if (kind === 'add') put(container, names[place % names.length] ?? 'x', value)
  else if (Array.isArray(container)) container.splice(Number(key), 1)
  else delete container[key]
}

/** Copies of the samples with none to three changes each: valid, almost valid, and far from it. */
export function nearly(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const texts = samples.map((sample) => JSON.stringify(sample))
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(mutation, { maxLength: 3 }))
    .map(([text, mutations]) => {
      const root = { value: JSON.parse(text) as unknown }
      for (const each of mutations) apply(root, each)
      return root.value
    })
}
