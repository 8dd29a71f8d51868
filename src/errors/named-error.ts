import type { ErrorFacts } from './error-facts.js'
import { read, readString } from './read.js'

// What errors are called in Python, Node, browsers and axios, and the texts of those that have no name of their own:
// Python's KeyError prints as the quoted key and nothing else; a failed fetch is a TypeError, as most bugs are; Engine.IO
// says `parser error` of what is no Engine.IO at all, such as the page by which a Wi-Fi asks for consent.
const patterns = {
  initializing: /^(KeyError|'[^']+'|"[^"]+"|[a-z]+_[\da-f-]{36})$/i,
  network:
    /^((Connection\w{0,9}|BrokenPipe|Network|Transport)Error|E(CONN|PIPE|NOTFOUND|AI_|HOST|NET)\w*|ERR_NETWORK|parser error|socket has been disconnected|(xhr|fetch|(web)?(socket|transport)|network)( \w+)? (error|close)|TypeError: (failed to fetch|(fetch|load) failed|network ?(error when|request failed)).*)$/i,
  timeout: /^((ping )?timeout|TimeoutError|E?TIMEDOUT|operation has timed out)$/i,
  cancelled: /^((Abort|Canceled)Error|ERR_CANCELED)$/i,
  storage_unavailable: /^QuotaExceededError$/i,
  unauthorized: /^UnauthorizedError$/i,
}

/** Recognises an error by what it calls itself, else by a text that no other error has. */
export function fromName(error: unknown): ErrorFacts | undefined {
  const name = readString(error, 'name')
  const text = `${typeof error === 'string' ? error : readString(error, 'message', 'error')}`.slice(0, 300)
  const labels = [
    name,
    readString(error, 'type'),
    readString(error, 'code'),
    readString(read(error, 'constructor'), 'name'),
    // "KeyError: 'x'" and "asyncio.TimeoutError": how Python prints them.
    /^(?:\w+\.)*(\w+Error)\b/.exec(text)?.[1],
    `${name}: ${text}`,
    text.trim(),
  ]
  for (const [code, pattern] of Object.entries(patterns)) {
    if (labels.some((label) => pattern.test(`${label}`))) return { code }
  }
  return undefined
}
