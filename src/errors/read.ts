/** `value[key]`, or undefined if there is nothing to read or reading throws: a getter that fails, a proxy that refuses. */
export function read(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** The string under the first of the keys that has one. */
export function readString(value: unknown, ...keys: PropertyKey[]): string | undefined {
  for (const key of keys) {
    const found = read(value, key)
    if (typeof found === 'string') return found
  }
  return undefined
}
