import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { read, readString } from './read.js'

// Names of errors in Python, Node and browsers, and the texts of errors without a name of their own: Python's KeyError prints
// as the quoted key and nothing else; a failed fetch is a TypeError, as most bugs are; Engine.IO says `parser error` of what
// is no Engine.IO at all, such as the page by which a Wi-Fi asks for consent. The names that only libraries use stand in
// `library-shapes.ts`, which not every page has to carry.
const patterns: Readonly<Partial<Record<KnownErrorCode, RegExp>>> = {
  initializing: /^(KeyError|'[^']+'|"[^"]+"|[a-z]+_[\da-f-]{36})$/i,
  timeout: /^(.{0,60}timed[ _]?out\.?|(ping )?\w*timeout(error)?)$/i,
  network:
    /^(\w*(connection|network|transport)error|e(conn|pipe|notfound|ai_|host|net)\w*|parser error|socket has been disconnected|(xhr|fetch|(web)?(socket|transport)|network)( \w+)? (error|close)|typeerror: (terminated|failed to fetch|(fetch|load) failed|could not connect|a server with|(the )?(internet|network) ?(connection|error when|request failed)).*)$/i,
  // A cancelled request of a library too: a program must never try one again.
  cancelled:
    /^(\w*(abort|cancell?ed)error|err_canceled|abort_err|(the user|request was|this operation was) aborted.*)$/i,
  storage_unavailable: /^QuotaExceededError$/i,
  unauthorized: /^UnauthorizedError$/i,
}

/** The labels of an error: its name, type, code and class, and a text that no other error has. */
export function labelsOf(error: unknown): string[] {
  const name = readString(error, 'name')
  const text = `${typeof error === 'string' ? error : readString(error, 'message', 'error')}`.slice(0, 300)
  return [
    name,
    readString(error, 'type'),
    readString(error, 'code'),
    readString(read(error, 'constructor'), 'name'),
    // "KeyError: 'x'" and "asyncio.TimeoutError": how Python prints them.
    /^(?:\w+\.)*(\w+Error)\b/.exec(text)?.[1],
    `${name}: ${text}`,
    text.trim(),
  ].map(String)
}

/** The first code whose pattern one of the labels matches. */
export function matchCode(
  labels: readonly string[],
  table: Readonly<Partial<Record<KnownErrorCode, RegExp>>>,
): ErrorFacts | undefined {
  for (const [code, pattern] of Object.entries(table)) {
    if (labels.some((label) => pattern.test(label))) return { code }
  }
  return undefined
}

/** Recognises an error by what it calls itself. */
export const fromName = (error: unknown): ErrorFacts | undefined => matchCode(labelsOf(error), patterns)
