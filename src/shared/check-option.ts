interface Types {
  number: number
  string: string
  boolean: boolean
  function: unknown
  object: object
}

/** @throws TypeError, RangeError that names the option. */
export type CheckOption = (option: string, value: unknown) => void

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
  const isOfType = typeof value === type && value !== null
  if (isOfType && accepts(value as Types[Type])) return
  // A text is not repeated: it may be a token in the wrong place.
  const got = typeof value === 'number' || value === null ? value : value === '' ? "''" : typeof value
  throw new (isOfType ? RangeError : TypeError)(`unable to use ${option}; expected ${expected}, got ${got}`)
}

export const checkFunction: CheckOption = (option, value) =>
  checkOption(option, value, 'function', 'a function')

export const checkObject: CheckOption = (option, value) => checkOption(option, value, 'object', 'an object')

/** What an app may put in the place of ours, by the methods that are called of it. */
export const hasMethods =
  (...methods: readonly string[]): CheckOption =>
  (option, value) => {
    checkObject(option, value)
    for (const method of methods) checkFunction(`${option}.${method}`, Reflect.get(value as object, method))
  }

export const checkClock = hasMethods('now', 'setTimeout', 'clearTimeout')
export const checkLogger = hasMethods('debug', 'info', 'warn', 'error')

/** Names of tasks, scopes and reasons. */
export const checkName: CheckOption = (option, value) =>
  checkOption(option, value, 'string', 'a string that is not empty', (text) => text !== '')

/** Milliseconds and tokens; 0 is one. */
export const checkAmount: CheckOption = (option, value) =>
  checkOption(option, value, 'number', 'a finite number of at least 0', (n) => n >= 0 && n < Infinity)

/** Counts; without end is one too. */
export const checkWhole =
  (min: number): CheckOption =>
  (option, value) =>
    checkOption(
      option,
      value,
      'number',
      `a whole number of at least ${min}`,
      (n) => n >= min && Math.floor(n) === n,
    )

/**
 * The defaults, which are not checked, with what is given in their place; a field that is undefined is not given.
 *
 * @param option whose fields they are; empty where they are options themselves.
 * @throws TypeError, RangeError where `given` is no object, or a field is not as its check wants it.
 */
export function withDefaults<T extends object>(
  option: string,
  given: { readonly [Field in keyof T]?: T[Field] | undefined } = {},
  defaults: T,
  checks: { readonly [Field in keyof T]?: CheckOption } = {},
): T {
  checkObject(option, given)
  const filled = { ...defaults }
  for (const field in defaults) {
    const value = given[field]
    if (value === undefined) continue
    checks[field]?.(option ? `${option}.${field}` : field, value)
    filled[field] = value
  }
  return filled
}
