import type { Facts } from './facts.js'
import { read, readString } from './read.js'

// What errors are called in Python, Node, browsers and axios, and the texts of those that have no name of their own:
// Python's KeyError prints as the quoted key and nothing else; a failed fetch is a TypeError, as most bugs are.
const labelsOf = {
  initializing: `KeyError|'[^']+'|"[^"]+"|[a-z]+_[\\da-f-]{36}`,
  network:
    '(Connection\\w{0,9}|BrokenPipe|Network|Transport)Error|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ENOTFOUND|EAI_AGAIN|' +
    'E(HOST|NET)UNREACH|ERR_NETWORK|socket has been disconnected|' +
    '(xhr (poll|post)|fetch (read|write)|(web)?(socket|transport)|network) (error|close)|' +
    'TypeError: (failed to fetch|fetch failed|load failed|network ?(error when|request failed)).*',
  timeout: '(ping )?timeout|TimeoutError|E?TIMEDOUT|operation has timed out',
  cancelled: 'AbortError|CanceledError|ERR_CANCELED',
  storage_unavailable: 'QuotaExceededError',
  unauthorized: 'UnauthorizedError',
}

const patterns = Object.entries(labelsOf).map(
  ([code, labels]) => [code, new RegExp(`^(?:${labels})$`, 'i')] as const,
)

/** Recognises an error by what it calls itself, else by a text that no other error has. */
export function fromName(error: unknown): Facts | undefined {
  const name = readString(error, 'name')
  const text =
    (typeof error === 'string' ? error : readString(error, 'message', 'error'))?.slice(0, 300) ?? ''
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
  for (const [code, pattern] of patterns) {
    if (labels.some((label) => pattern.test(label?.slice(0, 400) ?? ''))) return { code }
  }
  return undefined
}
