interface Types {
  number: number
  string: string
  boolean: boolean
  function: unknown
  object: object
}

/**
 * Fails with a message that names the option.
 *
 * @throws TypeError where the value is of another type, RangeError where `accepts` says no.
 */
export function checkOption<Type extends keyof Types>(
  option: string,
  value: unknown,
  type: Type,
  expected: string,
  accepts: (value: Types[Type]) => boolean = () => true,
): void {
  const rightType = typeof value === type && value !== null
  if (rightType && accepts(value as Types[Type])) return
  // A value of the wrong type is not repeated: it may be a token in the wrong place.
  const kind = value === null ? 'null' : typeof value
  const got = typeof value === 'number' ? value : rightType ? `'${value}'` : kind
  const message = `unable to use ${option}; expected ${expected}, got ${got}`
  throw rightType ? new RangeError(message) : new TypeError(message)
}

export const checkFunction = (option: string, value: unknown) =>
  checkOption(option, value, 'function', 'a function')

/** Names of tasks, scopes and reasons. */
export const checkName = (option: string, value: unknown) =>
  checkOption(option, value, 'string', 'a string that is not empty', (text) => text !== '')

/** Milliseconds and tokens; 0 is one. */
export const checkAmount = (option: string, value: unknown) =>
  checkOption(option, value, 'number', 'a finite number of at least 0', (n) => n >= 0 && n < Infinity)

/** The defaults, with what is given in their place; a field that is undefined is not given. */
export function fillUp<T extends object>(
  option: string,
  given: { readonly [Field in keyof T]?: T[Field] | undefined } | undefined,
  defaults: T,
): T {
  if (given === undefined) return defaults
  checkOption(option, given, 'object', 'an object')
  const filled = { ...defaults }
  for (const field of Object.keys(defaults) as (keyof T)[]) {
    const value = given[field]
    if (value !== undefined) filled[field] = value
  }
  return filled
}
