/** Says whether a value is a T. Checks and narrows, never copies, never throws. */
export type Check<T> = (value: unknown) => value is T

/** One check for each field of T; the compiler refuses a table that forgets one. */
export type Fields<T> = { readonly [K in keyof T]-?: Check<T[K]> }

export type JsonObject = Record<string, unknown>

/** Arrays are not objects here. Values from JSON have no own prototypes and no getters, so none are expected. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isArray = (value: unknown): value is unknown[] => Array.isArray(value)

export const isString = (value: unknown): value is string => typeof value === 'string'

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'

/** Any JSON value, null included. `undefined` means that the field is missing. */
export const isDefined = (value: unknown): value is unknown => value !== undefined

const ofLength =
  (max: number) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value.length > 0 && value.length <= max

export const isId = ofLength(128)

/** Times are only shown, never compared, so they are not parsed: an odd time must not cost an event. */
export const isTime = ofLength(64)

export const integer =
  (min: number, max = Infinity) =>
  (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max

export const isCount = integer(0)

/** Attempts, tries and the offsets of events count from 1. */
export const isOrdinal = integer(1)

export const oneOf =
  <const T>(...allowed: T[]) =>
  (value: unknown): value is T =>
    allowed.includes(value as T)

/** Absent or right; null is a value like any other, and not an absent field. */
export const optional =
  <T>(check: Check<T>) =>
  (value: unknown): value is T | undefined =>
    value === undefined || check(value)

/** Own keys only, so that the key "constructor" does not find a function of Object.prototype. */
export const isKeyOf = <T extends object>(table: T, key: unknown): key is keyof T =>
  isString(key) && Object.hasOwn(table, key)

/** The name of the first field that fails its check. */
export function badField(value: JsonObject, fields: Readonly<Record<string, Check<unknown>>>) {
  for (const name in fields) if (!fields[name]?.(value[name])) return name
  return undefined
}

/** An object with these fields. Other fields are allowed, because a newer peer may add some. */
export const object =
  <T>(fields: Fields<T>) =>
  (value: unknown): value is T =>
    isObject(value) && badField(value, fields) === undefined
