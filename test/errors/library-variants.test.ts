import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import { mayRetryAfter } from '../../src/recovery/retry-task.js'

const failed = (fields: object, message = 'no') => Object.assign(new Error(message), fields)
const typeError = (message: string) => new TypeError(message)

/** Shapes that libraries document, without the libraries: each code, and what has it. */
const shapes: Readonly<Record<string, readonly (readonly [name: string, thrown: unknown])[]>> = {
  unauthorized: [
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
    ['Hasura', failed({ extensions: { code: 'access-denied' } })],
    ["GraphQL's http extension", failed({ extensions: { code: 'OWN', http: { status: 403 } } })],
    ['Deno', failed({ name: 'NotCapable' })],
    ['Gaxios', failed({ code: '403' })],
    ['a text of Firebase', new Error('PERMISSION_DENIED: Permission denied')],
  ],
  token_expired: [
    ['Firebase admin', failed({ code: 'auth/session-cookie-expired' })],
    ['supabase', failed({ name: 'AuthApiError', status: 400, code: 'session_expired' })],
  ],
  rate_limited: [
    ['axios of another thread', new Error('Request failed with status code 429')],
    ['got of another thread', new Error('Response code 429 (Too Many Requests)')],
    ['supabase', failed({ code: 'over_request_rate_limit' })],
    ['Stripe', failed({ type: 'StripeRateLimitError' })],
    ['LangChain', failed({ lc_error_code: 'MODEL_RATE_LIMIT' })],
  ],
  overloaded: [
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
    ['Cloudflare without an origin', failed({ status: 530 })],
    ['MySQL', failed({ code: 'ER_LOCK_DEADLOCK' })],
    ['SQLite', failed({ code: 'SQLITE_BUSY' })],
    ['Prisma', failed({ code: 'P2034' })],
  ],
  timeout: [
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

  it.each(['retryable', 'isRetryable'])('retries nothing whose cause says %s: false', (field) => {
    const error = translateError(failed({ cause: failed({ [field]: false }) }))
    expect(error).toMatchObject({ code: 'unknown', retryable: false })
  })
})
