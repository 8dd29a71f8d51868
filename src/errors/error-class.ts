import { readString } from './read.js'

/** Whether a value is an error, of this realm or of another one, such as an iframe's. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(value))
  } catch {
    return false
  }
}

/** The class of what was thrown, if its name looks like one: a name can be assigned, and could then be data. */
export function className(value: unknown): string {
  const name = readString(value, 'name') ?? ''
  return /^\$?[a-z]{0,60}(Error|Exception)$/i.test(name) ? name : typeof value
}
