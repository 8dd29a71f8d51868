import { coreRedactText } from './core-redact-text.js'
import { readString } from './read.js'

const maxFrames = 12
const maxStack = 4000

/** Whether a value is an error, of this realm or of another one, such as an iframe's. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(value))
  } catch {
    return false
  }
}

/** The class of what was thrown, where its name looks like one: a name can be assigned, and could then be data. */
export function className(value: unknown): string {
  const name = readString(value, 'name') ?? ''
  return /^\$?[a-z]{0,60}(Error|Exception)$/i.test(name) ? name : typeof value
}

/**
 * The places in the source that an error came from, as `file:line:column`: without the lines that repeat the message,
 * and without folders, addresses and functions, which name people, machines and what they do.
 */
export function stackFrames(error: unknown): string[] {
  const stack = readString(error, 'stack') ?? ''
  // V8 begins with the message, which can have lines that look like frames.
  const header = `: ${readString(error, 'message')}\n`
  const after = stack.includes(header) ? stack.indexOf(header) + header.length : 0
  // V8 writes "at f (file:1:2)", Firefox and Safari "f@file:1:2".
  const frames = stack
    .slice(after, after + maxStack)
    .matchAll(/^(?: +at |[^\n@]{0,99}@).{0,299}?([\w.-]{1,60}\.[cm]?[jt]sx?)(?:\?[^:\n]*)?(:\d+:\d+)\)?$/gm)
  return Array.from(frames, ([, file = '', place]) => coreRedactText(file) + place).slice(0, maxFrames)
}
