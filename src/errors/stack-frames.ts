import { readString } from './read.js'
import { redactText } from './redact-text.js'

const maxFrames = 12
const maxFrame = 300

/** The class of what was thrown, where its name looks like one: a name can be assigned, and could then be data. */
export function className(value: unknown): string {
  const name = readString(value, 'name') ?? ''
  const kind = value === null ? 'null' : typeof value
  return /^\$?[A-Z][A-Za-z]{0,60}(Error|Exception)$/.test(name) ? name : kind === 'object' ? 'Error' : kind
}

/**
 * An error's stack as `function file:line:column`, without its first lines, which repeat the message, and without
 * folders and addresses, which name people and machines.
 */
export function stackFrames(error: unknown): string[] {
  const stack = readString(error, 'stack') ?? ''
  const message = readString(error, 'message') ?? ''
  // A message can have lines that look like frames.
  const after = stack.indexOf(message) + message.length
  const lines = stack.slice(after, after + maxFrames * maxFrame).split('\n', 2 * maxFrames)
  return lines.flatMap((line) => frame(line.slice(0, maxFrame))).slice(0, maxFrames)
}

// V8 writes "at f (file:1:2)", Firefox and Safari "f@file:1:2".
function frame(line: string): string[] {
  const place = /([\w.-]+\.[cm]?[jt]sx?)(?:\?[^:]*)?(:\d+:\d+)\)?$/.exec(line)
  const caller = /^\s*at (?:async |new )?([\w$.]+) \(|^([\w$.]+)@/.exec(line)
  if (!place || !/^\s*at |@/.test(line)) return []
  // A name with digits could be an id.
  const name = caller?.[1] ?? caller?.[2] ?? ''
  return [`${/\d/.test(name) ? '' : name} ${redactText(place[1] ?? '')}${place[2]}`.trim()]
}
