import { mask } from './core-redact-text.js'
import { readString } from './read.js'
import { redactName } from './redact-name.js'

const maxFrames = 12
const maxStack = 4000

/**
 * The name of a file as a log may have it. A stack can be assigned, and can repeat a text, so a part of a name that looks
 * like no word, nor like the short hash that bundlers add, is masked.
 */
const fileName = (file: string): string => redactName(file).replace(/\d{5,}|(?=[a-z]*\d)[a-z\d]{11,}/gi, mask)

/**
 * The places in the source that an error came from, as `file:line:column`: without the lines that repeat the message,
 * and without folders, addresses and functions, which name people, machines and what they do.
 */
export function stackFrames(error: unknown): string[] {
  const stack = readString(error, 'stack') ?? ''
  // V8 begins with the message, which can have lines that look like frames.
  const header = `: ${readString(error, 'message')}\n`
  const after = stack.includes(header) ? stack.indexOf(header) + header.length : 0
  // V8 writes "at f (file:1:2)", Firefox and Safari "f@file:1:2". If V8 wrote, a line of the other form is text.
  const isV8 = (text: string) => /^ +at /m.test(text)
  const lines = stack
    .slice(after, after + maxStack)
    .matchAll(
      /^(?: +at |[^\n@]{0,99}@).{0,299}?([\w.-]{1,60}\.[cm]?[jt]sx?)(?:\?[^:\n]*)?(:\d{1,7}:\d{1,7})\)?$/gm,
    )
  return [...lines]
    .filter(([line]) => isV8(line) === isV8(stack))
    .map(([, file = '', place]) => fileName(file) + place)
    .slice(0, maxFrames)
}
