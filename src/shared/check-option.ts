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
 * @throws TypeError if the value is of another type, RangeError if `accepts` says no.
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

/** Checks a collaborator of the app's own by the methods that are called of it. */
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

/** Factors and periods; without end is one too. */
export const checkAboveZero: CheckOption = (option, value) =>
  checkOption(option, value, 'number', 'a number above 0', (n) => n > 0)

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

// Bundlers put the mode of the build in place of `process.env.NODE_ENV`.
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/**
 * Calls `check`, which does not throw, unless the program runs for its users; bundlers leave such checks out of a production
 * build. (`typeof process` would tell nothing in a page: a bundler puts the mode in place, and no `process`.)
 */
export function inDevelopment(check: () => void): void {
  try {
    if (process.env.NODE_ENV !== 'production') check()
  } catch {
    // A page without a bundler has no `process`, and shows what it is to its visitors.
  }
}

interface Known {
  /** There are these fields besides. */
  readonly defaults?: object
  /** Makes the error. @default a TypeError that names the field, and the fields that there are */
  readonly refusal?: (field: string) => Error
}

/**
 * Fails if a field that is given is none of `names`: a name with a typing error would leave the default in force without a
 * word. In production the field is ignored, so that an app that runs goes on running.
 *
 * @param option whose fields they are; empty if they are options themselves.
 */
export function refuseUnknown(option: string, given: object, names: readonly string[], more?: Known): void {
  // The mode is asked for here and not by `inDevelopment`, so that bundlers leave out the calls of this function too.
  try {
    if (process.env.NODE_ENV !== 'production') checkFields(option, given, names, more)
  } catch (error) {
    // If there is no `process`, the error is that.
    if (/^unable/.test((error as Error).message)) throw error
  }
}

function checkFields(
  option: string,
  given: object,
  names: readonly string[],
  { defaults = {}, refusal }: Known = {},
): void {
  const known = [...Object.keys(defaults), ...names]
  const unknown = Object.keys(given).find(
    (field) => Reflect.get(given, field) !== undefined && !known.includes(field),
  )
  if (unknown === undefined) return
  const message = `unable to use ${nameOf(option, unknown)}; there is no such option, only ${known.join(', ')}`
  throw refusal?.(unknown) ?? new TypeError(message)
}

const nameOf = (option: string, field: string) => (option ? `${option}.${field}` : field)

type Checks<T> = { readonly [Field in keyof T]?: CheckOption }

/**
 * The defaults, which are not checked, with what is given in their place; a field that is undefined is not given.
 *
 * @param option whose fields they are; empty if they are options themselves.
 * @throws TypeError, RangeError if `given` is no object, or a field is not as its check wants it, or, in development, there
 * is no such field.
 */
export function withDefaults<T extends object>(
  option: string,
  given: { readonly [Field in keyof T]?: T[Field] | undefined } = {},
  defaults: T,
  checks?: Checks<T>,
): T {
  checkObject(option || 'options', given)
  refuseUnknown(option, given, [], { defaults })
  return fillIn(option, given, defaults, checks)
}

/** The same where `given` may have other fields, and the caller has checked that it is an object. */
export function fillIn<T extends object>(
  option: string,
  given: { readonly [Field in keyof T]?: T[Field] | undefined },
  defaults: T,
  checks: Checks<T> = {},
): T {
  const filled = { ...defaults }
  for (const field in defaults) {
    const value = given[field]
    if (value === undefined) continue
    checks[field]?.(nameOf(option, field), value)
    filled[field] = value
  }
  return filled
}
