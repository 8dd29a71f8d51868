import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import { mayRetryAfter } from '../../src/recovery/retry-task.js'

const failed = (fields: object, message = 'no') => Object.assign(new Error(message), fields)
const typeError = (message: string) => new TypeError(message)

/** Shapes that libraries document, without the libraries: each code, and what has it. */
const shapes: Readonly<Record<string, readonly (readonly [name: string, thrown: unknown])[]>> = {
  unauthorized: [
    ['request', failed({ name: 'StatusCodeError', res: { statusCode: 401 } })],
    ['a Python service', { status_code: 401, detail: 'no' }],
    ['a body as JSON', failed({ responseBody: '{"error":{"code":"invalid_api_key"}}', statusCode: 400 })],
    ['a message as JSON', new Error('Request failed: {"error":{"code":401}}')],
    ['a thrown text as JSON', '{"error":{"code":401}}'],
    ['JSON:API', { errors: [{ status: '401', title: 'x' }] }],
    ['Relay', failed({ source: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })],
    ["Spring's GraphQL", { errors: [{ extensions: { classification: 'UNAUTHORIZED' } }] }],
    ['grpc-gateway', { code: 16, message: 'x', details: [] }],
    ['gRPC with its code as a text', failed({ code: '16', metadata: {} })],
    ['Go', new Error('rpc error: code = Unauthenticated desc = x')],
    ['Salesforce', failed({ errorCode: 'INVALID_SESSION_ID' })],
    ['MSAL', failed({ name: 'InteractionRequiredAuthError', errorCode: 'interaction_required' })],
    ['Hot Chocolate', failed({ graphQLErrors: [{ extensions: { code: 'AUTH_NOT_AUTHENTICATED' } }] })],
    ['graphql-ws, a close event', { type: 'close', code: 4401, reason: 'no' }],
    ['a reason phrase', new Error('Request failed: 401 Unauthorized')],
    ['openai for Python', new Error('Error code: 401 - {}')],
    ['Passport', new Error('No auth token')],
    ['a sentence', new Error('Authentication required')],
    ['ofetch names every failure FetchError', failed({ name: 'FetchError', status: 401 })],
    ['nice-grpc', failed({ name: 'ClientError', code: 16, path: '/x' })],
    ['Google gax without metadata', failed({ code: 16 }, '16 UNAUTHENTICATED: no')],
    ['Connect by its text', new Error('[unauthenticated] no')],
    ['a second GraphQL error', failed({ graphQLErrors: [{}, { extensions: { code: 'UNAUTHENTICATED' } }] })],
    ['Hasura', failed({ graphQLErrors: [{ extensions: { code: 'invalid-jwt' } }] })],
    ['tRPC by its shape', failed({ shape: { data: { code: 'UNAUTHORIZED' } } })],
    ['OAuth in a body', failed({ response: { status: 400, data: { error: 'invalid_grant' } } })],
    ['OAuth in a field', failed({ status: 400, error: 'invalid_grant' })],
    ['supabase', failed({ name: 'AuthApiError', status: 400, code: 'refresh_token_not_found' })],
    ['jose', failed({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })],
    ['Stripe', failed({ type: 'StripeAuthenticationError' })],
    ['Anthropic, an event of its stream', { type: 'error', error: { type: 'authentication_error' } }],
    [
      'a suppressed error',
      failed({ name: 'SuppressedError', error: new Error('odd'), suppressed: { status: 401 } }),
    ],
    ['an error two AggregateErrors down', new AggregateError([new AggregateError([{}, { status: 401 }])])],
    ['ws', new Error('Unexpected server response: 401')],
  ],
  forbidden: [
    ['GitHub, GraphQL', { errors: [{ type: 'INSUFFICIENT_SCOPES' }] }],
    ['Hasura', failed({ extensions: { code: 'access-denied' } })],
    ["GraphQL's http extension", failed({ extensions: { code: 'OWN', http: { status: 403 } } })],
    ['Deno', failed({ name: 'NotCapable' })],
    ['Gaxios', failed({ code: '403' })],
    ['a text of Firebase', new Error('PERMISSION_DENIED: Permission denied')],
  ],
  token_expired: [
    ['a sentence', new Error('Your session has expired. Please sign in again.')],
    ['supabase by its text', { message: 'invalid JWT: token has invalid claims: token is expired' }],
    ['Firebase admin by its text', new Error('Firebase ID token has expired. Get a fresh ID token')],
    ['Laravel', failed({ status: 419 })],
    ['Firebase admin', failed({ code: 'auth/session-cookie-expired' })],
    ['supabase', failed({ name: 'AuthApiError', status: 400, code: 'session_expired' })],
  ],
  rate_limited: [
    [
      'Appwrite and others, a wrapper without headers',
      failed({ status: 429, cause: failed({ status: 429, headers: { 'retry-after': '2' } }) }),
    ],
    ['AWS, EC2', failed({ name: 'EC2ThrottledException', $metadata: { httpStatusCode: 400 } })],
    ['AWS, Route 53', failed({ name: 'PriorRequestNotComplete', $metadata: { httpStatusCode: 400 } })],
    ['AWS by its type on the wire', failed({ __type: 'com.amazonaws#ThrottlingException' })],
    ['Shopify', failed({ graphQLErrors: [{ extensions: { code: 'THROTTLED' } }] })],
    ['a reason phrase alone', new Error('Too Many Requests')],
    ['axios of another thread', new Error('Request failed with status code 429')],
    ['got of another thread', new Error('Response code 429 (Too Many Requests)')],
    ['supabase', failed({ code: 'over_request_rate_limit' })],
    ['Stripe', failed({ type: 'StripeRateLimitError' })],
    ['LangChain', failed({ lc_error_code: 'MODEL_RATE_LIMIT' })],
  ],
  overloaded: [
    [
      'openai, whose class of all 5xx is InternalServerError',
      new (class InternalServerError extends Error {
        status = 503
      })('503 no'),
    ],
    ['Firebase messaging', failed({ code: 'messaging/server-unavailable' })],
    ['HTTP/1.1', new Error('HTTP/1.1 503 Service Unavailable')],
    ['a field and its value', new Error('statusCode=503')],
    ['a status in digits', failed({ statusCode: '503' })],
    ["MDN's idiom", new Error('HTTP error! status: 503')],
    ['Apollo', failed({ networkError: failed({ statusCode: 503 }) })],
    ['a list of Google', [{ error: { code: 503, status: 'UNAVAILABLE' } }]],
    ['Anthropic, an event of its stream', { type: 'error', error: { type: 'overloaded_error' } }],
    [
      'Anthropic, an error of its stream',
      failed({ error: { type: 'error', error: { type: 'overloaded_error' } } }),
    ],
    ['MySQL', failed({ code: 'ER_CON_COUNT_ERROR' })],
  ],
  temporary: [
    ['Neo4j', failed({ code: 'Neo.TransientError.Transaction.DeadlockDetected' })],
    ['AWS', failed({ name: 'TransactionInProgressException', $metadata: { httpStatusCode: 400 } })],
    ['SQL clients', failed({ sqlState: '40001' })],
    ['SQLite by its text', new Error('SQLITE_BUSY: database is locked')],
    ['Cloudflare without an origin', failed({ status: 530 })],
    ['MySQL', failed({ code: 'ER_LOCK_DEADLOCK' })],
    ['SQLite', failed({ code: 'SQLITE_BUSY' })],
    ['Prisma', failed({ code: 'P2034' })],
  ],
  timeout: [
    ['got', new Error("Timeout awaiting 'request' for 1000ms")],
    ['node-fetch', new Error('network timeout at: https://x')],
    ['Knex', new Error('Knex: Timeout acquiring a connection. The pool is probably full.')],
    ['Go', new Error('context deadline exceeded')],
    ['urllib3', new Error('Read timed out. (read timeout=5)')],
    ['a structured clone of ETIMEDOUT', new Error('connect ETIMEDOUT 10.0.0.1:443')],
    [
      'Node after AbortSignal.timeout',
      failed({ name: 'AbortError', cause: new DOMException('no', 'TimeoutError') }),
    ],
    ['p-timeout', new Error('Promise timed out after 50 milliseconds')],
    ['any clear text', new Error('Lock acquisition timed out')],
    ['Prisma', failed({ code: 'P2024' })],
    ['fern', failed({ name: 'CohereTimeoutError' })],
  ],
  network: [
    ['a structured clone of ECONNREFUSED', new Error('connect ECONNREFUSED 127.0.0.1:5432')],
    [
      'node-fetch by its text',
      { message: 'FetchError: request to https://x failed, reason: connect ECONNREFUSED 10.0.0.1:443' },
    ],
    ['a number and a name', failed({ errno: 'ECONNRESET' })],
    ['Mongoose', failed({ name: 'MongooseServerSelectionError' })],
    ['MySQL by its text', new Error('Connection lost: The server closed the connection.')],
    ['ws', new Error('WebSocket was closed before the connection was established')],
    ['AWS v2', failed({ code: 'NetworkingError' })],
    ['a Set of errors', failed({ errors: new Set([failed({ code: 'ECONNRESET' })]) })],
    ['a Map of errors', failed({ errors: new Map([['a', failed({ code: 'ECONNRESET' })]]) })],
    [
      'p-any',
      failed({
        *[Symbol.iterator]() {
          yield failed({ code: 'ECONNRESET' })
        },
      }),
    ],
    ['Promise.allSettled', { status: 'rejected', reason: typeError('Failed to fetch') }],
    ['Sequelize', failed({ parent: failed({ code: 'ECONNRESET' }) })],
    ['VError', failed({ jse_cause: failed({ code: 'ECONNRESET' }) })],
    ['Python, aborted', failed({ name: 'ConnectionAbortedError' })],
    ['urql', failed({ graphQLErrors: [], networkError: typeError('Failed to fetch') })],
    [
      'Angular',
      { name: 'HttpErrorResponse', status: 0, message: 'Http failure response for x: 0 Unknown Error' },
    ],
    ['Chromium', new Error('net::ERR_NAME_NOT_RESOLVED at https://x')],
    ['Node, no address', failed({ code: 'EADDRNOTAVAIL' })],
    ["Node's parser", failed({ code: 'HPE_INVALID_CONSTANT' })],
    [
      'Safari on the phone',
      typeError('A data connection cannot be established since a call is currently active.'),
    ],
    ['Safari abroad', typeError('International roaming is currently off.')],
    ['MongoDB', failed({ name: 'MongoPoolClearedError' })],
    ['Stripe', failed({ type: 'StripeConnectionError' })],
    ['Azure', failed({ code: 'REQUEST_SEND_ERROR' })],
    ['node-redis', failed({ name: 'SocketClosedUnexpectedlyError' })],
    ['MySQL', failed({ code: 'PROTOCOL_CONNECTION_LOST' })],
  ],
  cancelled: [
    ['Kotlin', failed({ name: 'JobCancellationException' })],
    ['Deno', new Error('The signal has been aborted')],
    ['Chrome', new Error('BodyStreamBuffer was aborted')],
    ['Node', failed({ code: 'ECANCELED' })],
    ['mssql', failed({ code: 'ECANCEL' })],
    ['a sentence', new Error('Request has been cancelled')],
    ['Chromium', new Error('net::ERR_ABORTED at https://x')],
    [
      'a suppressed abort',
      failed({ error: new Error('odd'), suppressed: new DOMException('no', 'AbortError') }),
    ],
  ],
  invalid_message: [
    ['yup', failed({ name: 'ValidationError', errors: ['a is required'] })],
    ['joi', failed({ name: 'ValidationError', isJoi: true, details: [{ message: 'a' }] })],
    ['gRPC by its text', new Error('3 INVALID_ARGUMENT: no')],
  ],
  internal: [
    [
      'DynamoDB, cancelled by its conditions',
      failed({ name: 'TransactionCanceledException', $metadata: { httpStatusCode: 400 } }),
    ],
    ['a structured clone of ENOSPC', new Error('ENOSPC: no space left on device, write')],
    ['Node, an errno', failed({ code: 'EOVERFLOW' })],
    ['Node, an own error', failed({ code: 'ERR_HTTP_HEADERS_SENT' })],
    ['Go, a certificate', new Error('x509: certificate signed by unknown authority')],
    ['Node, a certificate by its text', new Error('unable to verify the first certificate')],
    ['JSON-RPC', { code: -32602, message: 'no' }],
    ['PostgreSQL by its text', new Error('duplicate key value violates unique constraint "x"')],
    ['OpenAI, a filter', failed({ code: 'content_filter' })],
    ['node-fetch', new Error('Only absolute URLs are supported')],
    ['Inngest', failed({ name: 'NonRetriableError' })],
    [
      'OpenAI through the AI SDK',
      failed({ statusCode: 429, data: { error: { code: 'insufficient_quota' } } }),
    ],
    ['MySQL', failed({ code: 'ER_DUP_ENTRY' })],
    ['SQLite', failed({ code: 'SQLITE_CONSTRAINT_UNIQUE' })],
    ['Prisma', failed({ code: 'P2002' })],
    ['Sequelize', failed({ name: 'SequelizeUniqueConstraintError', original: failed({ code: '23505' }) })],
    ['Drizzle', failed({ name: 'DrizzleQueryError', cause: failed({ code: '23505' }) })],
    ['Hasura', failed({ extensions: { code: 'constraint-violation' } })],
    ['Redis', failed({ name: 'ReplyError' }, 'BUSYGROUP Consumer Group name already exists')],
    ['AWS', failed({ name: 'CredentialsProviderError' })],
    [
      'Deno, an expired certificate',
      typeError('error sending request: client error (Connect): invalid peer certificate: Expired'),
    ],
    ['a revoked certificate', failed({ code: 'CRL_HAS_EXPIRED' })],
    ['a missing module', failed({ code: 'MODULE_NOT_FOUND' })],
  ],
  unknown: [
    ['a sentence about a time-out', new Error('the value must be a number: timeout')],
    ['a number after a word', new Error('inserted 503 rows')],
    ['a port', new Error('listening at port 401')],
    ['a bug', typeError('x is not a function')],
    ['a text with a number', new Error('found 429 rows')],
    ['an ErrorEvent of the DOM', { type: 'error', error: failed({ status: 401 }) }],
  ],
}

const retried = new Set(['rate_limited', 'overloaded', 'temporary', 'timeout', 'network', 'unknown'])

describe('translateError of the server', () => {
  for (const [code, cases] of Object.entries(shapes)) {
    it.each(cases)(`takes %s for ${code}`, (_, thrown) => {
      const error = translateError(thrown)
      expect(error.code).toBe(code)
      expect(mayRetryAfter(error)).toBe(retried.has(code))
    })
  }

  const spellings: Readonly<Record<string, (code: string) => string>> = {
    upper: (code) => code,
    lower: (code) => code.toLowerCase(),
    kebab: (code) => code.toLowerCase().replaceAll('_', '-'),
    camel: (code) => code.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
    spaced: (code) => code.toLowerCase().replaceAll('_', ' '),
  }
  const places: Readonly<Record<string, (code: string) => unknown>> = {
    'an error': (code) => failed({ code }),
    'a cause': (code) => failed({ cause: failed({ code }) }),
    'a body': (code) => ({ error: { error: { code } } }),
    'a body as text': (code) => failed({ body: JSON.stringify({ error: { type: code } }) }),
    GraphQL: (code) => ({ errors: [{}, { extensions: { code } }] }),
    Apollo: (code) => failed({ networkError: { result: { errors: [{ extensions: { code } }] } } }),
    axios: (code) => failed({ response: Object.freeze({ data: { error: code } }) }),
    'another realm': (code) => runInNewContext('Object.assign(new Error("no"), { code })', { code }),
    'a list': (code) => new AggregateError([new Error('odd'), failed({ code })]),
  }
  const codes: Readonly<Record<string, string>> = {
    UNAUTHENTICATED: 'unauthorized',
    NOT_AUTHENTICATED: 'unauthorized',
    INVALID_TOKEN: 'unauthorized',
    TOKEN_EXPIRED: 'token_expired',
    PERMISSION_DENIED: 'forbidden',
    RESOURCE_EXHAUSTED: 'rate_limited',
    TOO_MANY_REQUESTS: 'rate_limited',
    SERVICE_UNAVAILABLE: 'overloaded',
    DEADLINE_EXCEEDED: 'timeout',
    INVALID_ARGUMENT: 'invalid_message',
    FAILED_PRECONDITION: 'internal',
  }
  for (const [place, make] of Object.entries(places)) {
    it.each(Object.keys(spellings))(`takes a code in ${place}, spelled %s, for what it means`, (spelling) => {
      const found = Object.keys(codes).map(
        (code) => translateError(make(spellings[spelling]?.(code) ?? code)).code,
      )
      expect(found).toEqual(Object.values(codes))
    })
  }

  it.each(['retriable', 'isRetriable', 'is_retryable', 'shouldRetry'])(
    'retries nothing that says %s: false',
    (field) => {
      for (const raw of [
        failed({ [field]: false }),
        { error: { [field]: false } },
        failed({ status: 503, [field]: false }),
      ]) {
        expect(translateError(raw).retryable).toBe(false)
      }
    },
  )

  it('reads no more of a list that never ends than its beginning', () => {
    const endless = failed({
      *[Symbol.iterator]() {
        for (;;) yield new Error('odd')
      },
    })
    expect(translateError(endless).code).toBe('unknown')
  })

  it('reads no more than the beginning of an answer that holds itself', () => {
    const answer: Record<string, unknown> = {}
    answer.data = answer.error = answer.body = [answer, answer]
    expect(translateError(answer).code).toBe('unknown')
  })

  it.each(['retryable', 'isRetryable'])('retries nothing whose cause says %s: false', (field) => {
    const error = translateError(failed({ cause: failed({ [field]: false }) }))
    expect(error).toMatchObject({ code: 'unknown', retryable: false })
  })
})
