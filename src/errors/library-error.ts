import { causesOf, type FindCauses } from './create-translate.js'
import { isError } from './error-class.js'
import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { type Headers, headersOf, valuesOf } from './headers.js'
import { codeOf, fromHttp, isFailure } from './http-error.js'
import { libraryShapes } from './library-shapes.js'
import { labelsOf } from './named-error.js'
import { adviceIn, isExhausted, parseReset } from './rate-limit-headers.js'
import { read, readString } from './read.js'
import { parseRetryAfter, validWait } from './retry-after.js'

// By gRPC's number, from 1 (grpc/statuscodes).
const grpcNames = [
  ...['cancelled', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists'],
  ...['permission_denied', 'resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range'],
  ...['unimplemented', 'internal', 'unavailable', 'data_loss', 'unauthenticated'],
]

const shapes = libraryShapes.map(([code, labels]): readonly [KnownErrorCode, RegExp] => [
  code,
  new RegExp(`^(?:err|grpc|statuscode)?(?:${labels})(?:error|exception)?$`, 'i'),
])

const maxListed = 10
const maxHolders = 40
const maxText = 300
const maxBody = 20_000

/** Recognises the error of a library: by its own name for the failure, which is the most exact, else by its HTTP status. */
export function fromLibrary(error: unknown, now: () => number): ErrorFacts | undefined {
  const holders = holdersOf(error)
  const http = fromHttp(error, now) ?? fromOtherStatus(error, holders)
  const status = `${http?.details?.status}`
  const named = [...labelsOf(error), ...codesOf(error, holders), status].map((label) =>
    label.slice(0, maxText),
  )
  const labels = [...new Set([...named, ...named.map(squeeze)])]
  const code = shapes.find(([, pattern]) => labels.some((label) => pattern.test(label)))?.[0]
  const isFinal = holders.some((holder) => finalFields.some((field) => read(holder, field) === false))
  if (code === undefined && !http) return isFinal ? { code: 'unknown', retryable: false } : undefined
  // A wrapper may repeat the status and leave the headers to its cause.
  const causes = [read(error, 'cause'), read(error, 'lastError')].flatMap(holdersOf)
  const headers = [...holders, ...causes].map(headersOf).find((found) => found.length > 0) ?? []
  const advice = adviceIn(headers, now()) ?? http?.retryAfterMs ?? adviceInFields(error, holders, now())
  // GitHub answers 403 to those who have used up a limit, of which the headers speak, or who ask too fast.
  const isLimit =
    code === undefined && http?.code === 'forbidden' && (isExhausted(headers) || advice !== undefined)
  // A client may name each of its failures alike, as ofetch does with FetchError; the status says more than "network".
  const name = http && (code === 'network' || code === 'invalid_message') ? undefined : code
  return {
    ...http,
    code: isLimit ? 'rate_limited' : (name ?? http?.code),
    retryAfterMs: advice,
    retryable: isFinal ? false : retryableOf(error, headers),
  }
}

// `auth/network-request-failed` of Firebase is `networkrequestfailed`; AWS has `com.amazonaws#ThrottlingException`.
const squeeze = (label: string): string =>
  label
    .replace(/^[a-z]+\/|^[\w.]+#/i, '')
    .replace(/[^a-z\d]+/gi, '')
    .toLowerCase()

// kafkajs, Neo4j; Python services; Envoy and others in a body.
const finalFields = ['retriable', 'isRetriable', 'retryable', 'isRetryable', 'is_retryable', 'shouldRetry']

// Where libraries keep the answer, its body and the errors in them: fetch clients; supabase; fern's SDKs and Mistral; AWS; boom;
// Elasticsearch; GraphQL, tRPC, Google, AI SDK; openai and Anthropic; axios; Relay; FastAPI. A message can be a body too.
const places = [
  ...['response', 'context', 'rawResponse', '$response', '$metadata', 'output', 'meta', 'res', 'error'],
  ...['data', 'body', 'responseBody', 'responseText', 'extensions', 'http', 'shape', 'result', 'detail'],
  ...['status', 'source', 'json', 'message', 'networkError', 'parameters', 'errors', 'graphQLErrors'],
]

/** The error and all that it holds of an answer, the outermost first. Errors in it are causes, and no holders. */
function holdersOf(error: unknown): unknown[] {
  const found: unknown[] = [typeof error === 'string' ? bodyOf(error) : error]
  for (const holder of found) {
    const values = places.map((place) => bodyOf(read(holder, place)))
    const inner = values.flatMap((value) => (Array.isArray(value) ? value.slice(0, maxListed) : [value]))
    const objects = inner.filter((value) => typeof value === 'object' && value !== null && !isError(value))
    found.push(...objects.slice(0, maxHolders - found.length))
  }
  return found
}

/** The value, or what it says as JSON if it is a text that ends with some. */
function bodyOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > maxBody) return value
  try {
    return JSON.parse(value.slice(value.indexOf('{')))
  } catch {
    return undefined
  }
}

// gRPC, Connect; LangChain, Prisma, OAuth clients; AWS; Spring's GraphQL; SQL clients.
const codeFields = [
  ...['code', 'type', 'status', 'error', 'errorCode', 'lc_error_code', '__type', 'classification'],
  ...['sqlState', 'errno'],
]

/** The library's own codes, if `code` and `name` do not hold them. */
function codesOf(error: unknown, holders: readonly unknown[]): string[] {
  const text = readString(error, 'message')?.slice(0, maxText) ?? ''
  // "7 PERMISSION_DENIED: no" of gRPC, "[permission_denied] no" of Connect, "code = PermissionDenied" of Go.
  const [, grpc, connect, go] =
    /^(?:(?:\S{1,99} )?([A-Z][A-Z_]{4,20}): |\[([a-z_]{5,20})\] |.{0,99}\bcode = (\w{1,20}))/.exec(text) ?? []
  const codes = holders.flatMap((holder) => {
    const number = Number(read(holder, 'code'))
    const isGrpc =
      read(holder, 'metadata') !== undefined ||
      Array.isArray(read(holder, 'details')) ||
      (holder === error && grpc !== undefined) ||
      /^(Connect|Client|Rpc)Error$/.test(readString(holder, 'name') ?? '')
    const labels = read(holder, 'errorLabels')
    return [
      isGrpc ? grpcNames[number - 1] : undefined,
      // JSON-RPC and closed WebSockets.
      number < 0 || (number > 999 && number < 10_000) ? `${number}` : undefined,
      ...codeFields.map((field) => read(holder, field)),
      ...(Array.isArray(labels) ? labels.slice(0, maxListed) : []),
    ]
  })
  // "connect ECONNREFUSED 127.0.0.1:80", "net::ERR_FAILED at", "SQLITE_BUSY: locked".
  const inText =
    text.match(/(?<![\w-])(?:E(?!RR|REQ|X[CP])[A-Z]{3,15}|[A-Z]{2,12}_[A-Z\d_]{2,40})(?![\w-])/g) ?? []
  const names = [grpc, connect, go, ...inText, ...codes].filter((code) => typeof code === 'string')
  return names.some((name) => /^E(?!RR|REQ|X[CP])[A-Z]{2,14}$/.test(name)) ? [...names, 'errno'] : names
}

const statusFields = [
  ...['status', 'statusCode', 'status_code', 'httpStatus', 'httpStatusCode', 'http_status', 'code'],
  ...['error_code', 'responseCode'],
]

/** Statuses that stand where only some libraries put them, also as texts, and last of all the status in a message. */
function fromOtherStatus(error: unknown, holders: readonly unknown[]): ErrorFacts | undefined {
  const text = `${typeof error === 'string' ? error : readString(error, 'message')}`.slice(0, maxText)
  const found = [
    ...holders.flatMap((holder) => statusFields.map((field) => read(holder, field))),
    // "Request failed with status code 429", "HTTP/1.1 404", "Unexpected server response: 401", "Error code: 401 - {}".
    /\b(?:https?(?:\/\d\.?\d?)?|status\w*|error code|response|responded|failed(?=: ))\b[^\d\n]{0,20}\b([45]\d\d)\b/i.exec(
      text,
    )?.[1],
    // "503 Service Unavailable", "529 {"type":"error"}", "[401] no".
    /^[[(]?([45]\d\d)(?:[\])]|:? (?:\{|[A-Z][a-z]))/.exec(text)?.[1],
  ]
  const status = found
    .map((value) => (typeof value === 'string' && /^[45]\d\d$/.test(value) ? Number(value) : value))
    .find(isFailure)
  return status === undefined ? undefined : { code: codeOf(status), details: { status } }
}

/** Waits that stand in fields of the error or of the body: Azure, discord.js, Slack, Telegram, Discord, Google. */
function adviceInFields(error: unknown, holders: readonly unknown[], now: number): number | undefined {
  const fields = ['retryAfterMs', 'retryAfterInMs', 'retryAfterInMilliseconds', 'timeToReset']
  const waits = fields.map((field) => validWait(read(error, field)))
  for (const holder of holders) {
    const details = read(holder, 'errorDetails') ?? read(holder, 'details')
    for (const detail of Array.isArray(details) ? details.slice(0, maxListed) : [])
      waits.push(parseReset(readString(detail, 'retryDelay') ?? '', now))
    for (const seconds of [read(holder, 'retryAfter'), read(holder, 'retry_after')])
      if (seconds != null) waits.push(parseRetryAfter(seconds, now))
  }
  return waits.find((wait) => wait !== undefined)
}

/** Advice about a retry from the library or its server: AWS' field, and the header of openai and Anthropic. */
function retryableOf(error: unknown, headers: Headers): boolean | undefined {
  const [said] = valuesOf(headers, 'x-should-retry')
  if (said === 'false') return false
  return said === 'true' || read(error, '$retryable') !== undefined ? true : undefined
}

// GraphQL clients; ORMs; the AI SDK; `Promise.allSettled`; MSAL; Sequelize, Objection and Mongoose; restify.
const causeFields = [
  ...[
    'networkError',
    'originalError',
    'original',
    'driverError',
    'lastError',
    'reason',

    'innerError',
  ],
  ...['parent', 'nativeError', 'previous', 'err', 'jse_cause'],
]

/** The usual causes, those that stand where only some libraries put them, and the errors of a bare list, as Google sends. */
export const causesInLibraries: FindCauses = (error) => [
  ...causesOf(error),
  ...causeFields.map((field) => read(error, field)),
  ...listOf(error),
  ...listOf(read(error, 'errors')),
]

/** The first items of a Set or a Map, of an own kind of AggregateError, or of a list. */
function listOf(value: unknown): unknown[] {
  const items: unknown[] = []
  try {
    for (const item of typeof value === 'object' ? (value as Iterable<unknown>) : []) {
      if (items.push(Array.isArray(item) ? item[1] : item) >= maxListed) break
    }
  } catch {
    // Not to be iterated, or not to its end.
  }
  return items
}
