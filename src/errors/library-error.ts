import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { answersIn, type Headers, headersOf, valuesOf } from './headers.js'
import { codeOf, fromHttp, isFailure, statusIn } from './http-error.js'
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
  new RegExp(`^(?:${labels})$`, 'i'),
])

const maxListed = 10

/** Recognises the error of a library: by its own name for the failure, which is the most exact, else by its HTTP status. */
export function fromLibrary(error: unknown, now: () => number): ErrorFacts | undefined {
  const bodies = bodiesOf(error)
  const named = labelsOf(error).concat(codesOf(error, bodies))
  const labels = named.map(normalise).concat(named)
  const code = shapes.find(([, pattern]) => labels.some((label) => pattern.test(label)))?.[0]
  const http = fromHttp(error, now) ?? fromOtherStatus(error, bodies)
  if (code === undefined && !http) return undefined
  const headers = [error, ...bodies].map(headersOf).find((found) => found.length > 0) ?? []
  const advice = adviceIn(headers, now()) ?? http?.retryAfterMs ?? adviceInFields(error, bodies, now())
  // GitHub answers 403 to those who have used up a limit, of which the headers speak, or who ask too fast.
  const isLimit =
    code === undefined && http?.code === 'forbidden' && (isExhausted(headers) || advice !== undefined)
  // A client may name each of its failures alike, as ofetch does with FetchError; the status says more than "network".
  const name = code === 'network' && http ? undefined : code
  return {
    ...http,
    code: isLimit ? 'rate_limited' : (name ?? http?.code),
    retryAfterMs: advice,
    retryable: retryableOf(error, headers),
  }
}

// `auth/network-request-failed` of Firebase is `network_request_failed`.
const normalise = (label: string): string =>
  / /.test(label) ? label : label.replace(/^[a-z]+\//, '').replace(/-/g, '_')

/** The bodies of answers, as libraries parse them and keep them, and the errors in them. */
function bodiesOf(error: unknown): unknown[] {
  const response = read(error, 'response')
  const inner = read(error, 'error')
  const data = read(error, 'data')
  return [
    // GraphQL, tRPC, Google, AI SDK.
    ...[read(error, 'extensions'), data, read(data, 'error'), read(read(error, 'shape'), 'data')],
    // openai and Anthropic; axios; telegraf.
    ...[inner, read(inner, 'error'), read(response, 'data'), read(read(response, 'data'), 'error'), response],
    ...[error, response].flatMap((holder) => {
      const list = read(holder, 'errors') ?? read(holder, 'graphQLErrors')
      return Array.isArray(list) ? list.slice(0, maxListed).map((item) => read(item, 'extensions')) : []
    }),
  ].filter((body) => typeof body === 'object' && body !== null && !(body instanceof Error))
}

/** The library's own codes, where `code` and `name` do not hold them. */
function codesOf(error: unknown, bodies: readonly unknown[]): string[] {
  const number = read(error, 'code')
  const text = readString(error, 'message') ?? ''
  // "7 PERMISSION_DENIED: no" of gRPC, "[permission_denied] no" of Connect, "net::ERR_FAILED at" of Chromium.
  const [, grpc, connect, chromium] =
    /^(?:(?:\S{1,99} )?([A-Z][A-Z_]{4,20}): |\[([a-z_]{5,20})\] |.{0,99}\bnet::(ERR_\w{1,50}))/.exec(text) ??
    []
  const isGrpc =
    read(error, 'metadata') !== undefined ||
    grpc !== undefined ||
    /^(Connect|Client|Rpc)Error$/.test(readString(error, 'name') ?? '')
  const labels = read(error, 'errorLabels')
  const codes = [
    isGrpc && typeof number === 'number' ? grpcNames[number - 1] : undefined,
    ...[grpc, connect, chromium],
    ...bodies.flatMap((body) => ['code', 'type', 'status', 'error'].map((field) => read(body, field))),
    // LangChain, Prisma, OAuth clients.
    ...['status', 'lc_error_code', 'errorCode', 'error'].map((field) => read(error, field)),
    ...(Array.isArray(labels) ? labels.slice(0, maxListed) : []),
  ]
  return codes.filter((code) => typeof code === 'string')
}

/** Statuses that stand where only some libraries put them, also as texts, and last of all the status in a message. */
function fromOtherStatus(error: unknown, bodies: readonly unknown[]): ErrorFacts | undefined {
  const text = `${typeof error === 'string' ? error : readString(error, 'message')}`.slice(0, 300)
  const found = [
    statusIn(answersIn(error)),
    read(read(error, '$metadata'), 'httpStatusCode'),
    ...[error, ...bodies].flatMap((holder) => [
      ...['httpStatus', 'code', 'error_code', 'status', 'statusCode'].map((field) => read(holder, field)),
      read(read(holder, 'http'), 'status'),
    ]),
    // "Request failed with status code 429", "HTTP error! status: 404", "Unexpected server response: 401".
    /\b(?:https?|status|response)\b[^\d\n]{0,20}\b([45]\d\d)\b/i.exec(text)?.[1],
    // "503 Service Unavailable", "529 {"type":"error"}".
    /^([45]\d\d) (?:\{|[A-Z][a-z])/.exec(text)?.[1],
  ]
  const status = found
    .map((value) => (typeof value === 'string' && /^[45]\d\d$/.test(value) ? Number(value) : value))
    .find(isFailure)
  return status === undefined ? undefined : { code: codeOf(status), details: { status } }
}

/** Waits that stand in fields of the error or of the body: Azure, discord.js, Slack, Telegram, Discord, Google. */
function adviceInFields(error: unknown, bodies: readonly unknown[], now: number): number | undefined {
  const fields = ['retryAfterMs', 'retryAfterInMs', 'retryAfterInMilliseconds', 'timeToReset']
  const waits = fields.map((field) => validWait(read(error, field)))
  for (const holder of [error, ...bodies]) {
    const details = read(holder, 'errorDetails') ?? read(holder, 'details')
    for (const detail of Array.isArray(details) ? details.slice(0, maxListed) : [])
      waits.push(parseReset(readString(detail, 'retryDelay') ?? '', now))
    for (const seconds of [
      read(holder, 'retryAfter'),
      read(holder, 'retry_after'),
      read(read(holder, 'parameters'), 'retry_after'),
    ])
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

// GraphQL clients; ORMs; the AI SDK.
const causeFields = ['networkError', 'originalError', 'original', 'driverError', 'lastError']

/** Causes that stand where only some libraries put them, and the errors of a bare list, as Google sends. */
export const causesInLibraries = (error: unknown): readonly unknown[] => [
  ...causeFields.map((field) => read(error, field)),
  ...(Array.isArray(error) ? error.slice(0, maxListed) : []),
]
