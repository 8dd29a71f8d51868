import type { KnownErrorCode } from './error-policy.js'
import type { Facts } from './facts.js'
import { read, readString } from './read.js'

// What errors are called, in Python, Node, browsers and axios: their class, their `type`, their `code`.
const names: readonly [RegExp, KnownErrorCode][] = [
  [/^KeyError$/, 'initializing'],
  [
    /^((Connection(Aborted|Refused|Reset)?|BrokenPipe|Network|Transport)Error|E(CONN(REFUSED|RESET|ABORTED)|PIPE|NOTFOUND|AI_AGAIN|(HOST|NET)UNREACH)|ERR_NETWORK)$/,
    'network',
  ],
  [/^(TimeoutError|ETIMEDOUT|UND_ERR_\w+_TIMEOUT)$/, 'timeout'],
  [/^(AbortError|CanceledError|ERR_CANCELED)$/, 'cancelled'],
  [/^QuotaExceededError$/, 'storage_unavailable'],
  [/^UnauthorizedError$/, 'unauthorized'],
]

// Where only the text tells: Python's KeyError, whose text is the quoted key and nothing else, and socket.io's errors.
const texts: readonly [RegExp, KnownErrorCode][] = [
  [/^('[^']+'|"[^"]+"|[a-z]+_[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i, 'initializing'],
  [
    /^((xhr (poll|post)|fetch (read|write)|websocket|webtransport|transport|network) error|(transport|websocket) close(d)?|socket has been disconnected)$/i,
    'network',
  ],
  [/^(timeout|ping timeout|operation has timed out)$/, 'timeout'],
]

// Any other TypeError is a bug, so that the name alone says nothing.
const fetchFailed =
  /^(Failed to fetch|fetch failed|Load failed|NetworkError when|Network request failed|The (network|Internet) connection)/

/** Recognises an error by what it calls itself, else by a text that no other error has. */
export function fromName(error: unknown): Facts | undefined {
  const text =
    (typeof error === 'string' ? error : readString(error, 'message', 'error'))?.slice(0, 300).trim() ?? ''
  const labels = [
    readString(error, 'name'),
    readString(error, 'type'),
    readString(error, 'code'),
    readString(read(error, 'constructor'), 'name'),
    // "KeyError: 'x'" and "asyncio.TimeoutError": how Python prints them.
    /^(?:\w+\.)*(\w+)(?:[:(]|$)/.exec(text)?.[1],
  ].map((label) => label?.slice(0, 64))
  const found =
    names.find(([pattern]) => labels.some((label) => label !== undefined && pattern.test(label))) ??
    texts.find(([pattern]) => pattern.test(text))
  if (found) return { code: found[1] }
  return labels.includes('TypeError') && fetchFailed.test(text) ? { code: 'network' } : undefined
}
