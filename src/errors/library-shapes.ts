import type { KnownErrorCode } from './error-policy.js'

/** How one library or platform names a failure: in an error's name, code, type, class, or a text that no other error has. */
export interface Shape {
  readonly code: KnownErrorCode
  /** Matched against each label as a whole, whatever its case, with `-` as `_` and without a prefix such as `auth/`. */
  readonly labels: string
  /** Where the names are documented or defined. */
  readonly source: string
}

/** The first row that matches counts. What a repeat cannot help is `internal`, which is not retried. */
export const libraryShapes: readonly Shape[] = [
  { code: 'unauthorized', labels: 'unauthorizederror', source: 'this package, express-jwt' },
  // The caller gave up.
  {
    code: 'cancelled',
    labels:
      '(abort|cancell?(ed)?)(error|exception)|operationcancell?edexception|cancell?ed|client_closed_request',
    source:
      'DOM AbortError, got CancelError, axios CanceledError, p-cancelable, .NET; gRPC and Connect code 1; tRPC',
  },
  {
    code: 'cancelled',
    labels: 'err_(cancell?ed|aborted)|abort_err|und_err_aborted',
    source: 'axios, got, Node `ABORT_ERR`, undici',
  },
  {
    code: 'cancelled',
    labels:
      'api_?useraborterror|request was aborted\\.?|(this|the) operation was aborted\\.?|the user aborted a request\\.?|fetch is aborted\\.?|signal is aborted without reason',
    source: 'openai, @anthropic-ai/sdk, Node, node-fetch, Safari, Chrome',
  },

  // Retrying cannot help, although the status says "too many requests".
  {
    code: 'internal',
    labels: 'insufficient_quota|billing_\\w+|payment_required',
    source: 'openai error codes (429), @anthropic-ai/sdk',
  },
  {
    code: 'message_too_large',
    labels: 'context_length_exceeded|string_above_max_length|payload_too_large|request_too_large',
    source: 'openai, @anthropic-ai/sdk, tRPC',
  },

  // Limits that pass.
  {
    code: 'rate_limited',
    labels: 'rate_limit(ed|_error|_exceeded)?|too_many_requests|resource_exhausted|quota_exceeded',
    source: 'openai, @anthropic-ai/sdk, tRPC, gRPC and Connect code 8, Firebase',
  },
  {
    code: 'rate_limited',
    labels:
      '(throttling|throttled|throttlederror|toomanyrequests|requestlimitexceeded|requestthrottled|provisionedthroughputexceeded|prioryrequestnotcomplete|slowdown|bandwidthlimitexceeded)(exception|error)?',
    source: 'AWS SDK: THROTTLING_ERROR_CODES of @smithy/service-error-classification',
  },
  {
    code: 'overloaded',
    labels:
      'overloaded(_error)?|unavailable|service_unavailable|serviceunavailable(exception|error)?|server_busy|53\\d{3}|busy|out_of_memory',
    source: '@anthropic-ai/sdk, gRPC and Connect code 14, tRPC, AWS; PostgreSQL class 53; Redis BUSY',
  },

  // Somebody must sign in, or is not allowed.
  {
    code: 'token_expired',
    labels:
      '(jwt|(id_|user_|access_)?token) ?_?expired|tokenexpirederror|jwtexpired|err_jwt_expired|expiredtoken(exception)?|pgrst303',
    source: 'jsonwebtoken, jose, Firebase auth, AWS, PostgREST',
  },
  {
    code: 'unauthorized',
    labels:
      'unauthenticated|unauthori[sz]ed|authentication_error|invalid_api_key|jsonwebtokenerror|notbeforeerror|authsessionmissingerror|authinvalid(jwt|credentials)error|(invalid|wrong)_(credential|password|login_credentials|token)|requires_recent_login|unrecognizedclientexception|pgrst30[0-2]',
    source:
      'gRPC and Connect code 16, tRPC, GraphQL (Apollo), @anthropic-ai/sdk, openai, jsonwebtoken, supabase, Firebase auth, AWS, PostgREST',
  },
  {
    code: 'forbidden',
    labels:
      'forbidden|permission_denied|permission_error|accessdenied(exception)?|42501|insufficient_scope|operation_not_allowed',
    source: 'gRPC and Connect code 7, tRPC, GraphQL, @anthropic-ai/sdk, AWS, PostgreSQL, Firebase auth',
  },

  // Passes by itself.
  {
    code: 'temporary',
    labels:
      'aborted|transienttransactionerror|retryablewriteerror|40001|40p01|55p03|57p0[1-3]|pgrst00[0-3]|(loading|readonly|tryagain|clusterdown|masterdown)( .*)?|eagain|ebusy|emfile|enfile|enobufs|bad_gateway',
    source: 'gRPC and Connect code 10, MongoDB error labels, PostgreSQL appendix A, PostgREST, Redis, Node',
  },

  // Took too long.
  {
    code: 'timeout',
    labels:
      '\\w*timeout(error|exception)|deadline_exceeded|gateway_timeout|request_?timeout|maxtimemsexpired|mongooperationtimeouterror',
    source:
      'DOM, got, ky, openai and Anthropic `APIConnectionTimeoutError`, undici, MongoDB, AWS, gRPC and Connect code 4, tRPC',
  },
  {
    code: 'timeout',
    labels:
      'e(socket)?timedout|etime|timed_?out|und_err_(connect|headers|body)_timeout|err_(\\w+_)?(timeout|timed_out)',
    source: 'Node, request, Deno, undici, Chrome',
  },
  {
    code: 'timeout',
    labels:
      '(ping )?timeout|(the )?(request|operation|network request|command|connection) (has |was )?timed out\\.?|timeout of \\d+ ?ms exceeded|timeout expired|timeout exceeded when trying to connect|query read timeout|connection terminated due to connection timeout|canceling statement due to (statement|lock) timeout|the operation was aborted due to timeout|headers timeout error|body timeout error|(socket|connect) timeout( .*)?',
    source:
      'Engine.IO, Safari, React Native, openai, @anthropic-ai/sdk, ioredis, axios, pg, Bun, Node, undici',
  },

  // No way to the server.
  {
    code: 'network',
    labels:
      '(connection\\w{0,9}|brokenpipe|network|transport|socket|apiconnection|mongonetwork|mongoserverselection|maxretriesperrequest|clusterallfailed|authretryablefetch|functionsfetch|fetch|read|responseaborted|functionsrelay)error',
    source:
      'Python, DOM, undici, openai, @anthropic-ai/sdk, MongoDB, ioredis, supabase, node-fetch, got, Next.js',
  },
  {
    code: 'network',
    labels:
      'e(conn|pipe|notfound|ai_|host|net|shutdown|notconn)\\w*|und_err_(socket|res_content_length_mismatch)|err_(network|stream_premature_close|socket_closed|http2_(stream|session|goaway)\\w*|reading_response_stream|internet_disconnected|connection_\\w+|incomplete_chunked_encoding)|connection(refused|reset|closed|aborted)|brokenpipe|failedtoopensocket|08\\w{3}|network_request_failed|retry_limit_exceeded',
    source:
      'Node `os.constants.errno`, undici, Node errors, got, Chrome, Deno, Bun, PostgreSQL class 08, Firebase',
  },
  {
    code: 'network',
    labels:
      'typeerror: (failed to fetch|(fetch|load) failed|network ?(error|request failed)).*|(typeerror: )?(failed to fetch|(fetch|load) failed|terminated|the (internet|network) connection .*|network request failed|could not connect to the server\\.?|a server with the specified hostname could not be found\\.?|error in input stream|other side closed|premature close|invalid response body .*)',
    source: 'fetch of Chrome, Firefox, Safari, React Native and undici; node-fetch',
  },
  {
    code: 'network',
    labels:
      '(typeerror: )?(error sending request.*|client error \\(connect\\).*|.*connection (closed before message completed|reset by peer).*|error reading a body from connection.*|unable to connect\\. is the computer able to access the url\\?|was there a typo in the url or port\\?|the socket connection was closed unexpectedly.*|network connection lost\\.?|connection refused.*)',
    source: 'fetch of Deno, Bun and Cloudflare Workers',
  },
  {
    code: 'network',
    labels:
      'connection error\\.?|connection is closed\\.?|connection terminated( unexpectedly)?\\.?|client network socket disconnected .*|socket hang up|socket has been disconnected|socket is closed|stream closed( .*)?|parser error|(xhr|fetch|(web)?(socket|transport)|network)( \\w+)? (error|close)',
    source: 'openai, @anthropic-ai/sdk, ioredis, pg, Node, Socket.IO',
  },

  // A bug, a wrong setting or a wrong request: the same again fails again.
  {
    code: 'invalid_message',
    labels:
      'invalid_argument|out_of_range|bad_request|bad_user_input|unprocessable_content|unprocessable_entity|validationexception',
    source: 'gRPC and Connect codes 3 and 11, tRPC, GraphQL (Apollo), AWS',
  },
  { code: 'storage_unavailable', labels: 'quotaexceedederror', source: 'DOM' },
  {
    code: 'internal',
    labels:
      'not_found|already_exists|failed_precondition|precondition_failed|unimplemented|not_implemented|internal|internal_server_error|data_loss|parse_error|method_not_supported|not_acceptable|unsupported_media_type|conflict|graphql_(parse|validation)_failed|persisted_query_\\w+|operation_resolution_failure',
    source: 'gRPC and Connect codes 5, 6, 9, 12, 13 and 15, tRPC, GraphQL (Apollo)',
  },
  {
    code: 'internal',
    labels:
      '(depth_zero_)?self_signed_cert\\w*|cert_\\w+|unable_to_(verify|get|decrypt|decode)_\\w+|err_(tls|ssl)_\\w+|err_cert_\\w+|eproto|hostname_mismatch|invalid_ca|(an ssl error|the certificate for this server) .*',
    source: 'Node TLS, OpenSSL, Chrome, Safari',
  },
  {
    code: 'internal',
    labels:
      'enospc|edquot|enoent|eacces|eperm|erofs|eisdir|enotdir|eexist|einval|enametoolong|eaddrinuse|enotempty|eloop|exdev|ebadf|efbig|err_(invalid|unsupported|unknown|unescaped|missing|module|package|require|out_of_range|use_after)\\w*|err_(fr_)?(too_many_redirects|bad_option\\w*)|err_bad_option_value|err_not_support',
    source: 'Node `os.constants.errno` and errors, axios, got',
  },
  { code: 'internal', labels: 'und_err_(?!info)\\w+', source: 'undici: what is not above' },
  {
    code: 'internal',
    labels: '(0[1-79a-z]|2[0-8bdf]|3[0-9bdf]|42|44|xx|p0|f0|hv)\\w{3}|pgrst\\d+|57014',
    source: 'PostgreSQL appendix A, PostgREST',
  },
  {
    code: 'internal',
    labels: '(noauth|wrongpass|noperm|wrongtype|oom|noscript|execabort|crossslot|moved|err) .*',
    source: 'Redis',
  },
  {
    code: 'internal',
    labels:
      'mongo(server|parse|api|invalidargument|runtime|driver|bulkwrite|writeconcern|missing\\w*|notconnected|compatibility|configuration|systemerror|unexpectedserverresponse|topologyclosed|expiredsession|transaction|tailablecursor|cursor\\w*|decompression|batchreexecution|changestream|grpc|kerberos|aws|azure|gcp|oidc\\w*)error',
    source: 'MongoDB driver',
  },
  {
    code: 'internal',
    labels:
      'ai_(loadapikey|loadsetting|nosuch\\w+|invalid\\w+|typevalidation|unsupported\\w+|toomanyembedding\\w+|missingtool\\w+|messageconversion|uiMessagestream)error',
    source: 'ai (Vercel AI SDK)',
  },
  {
    code: 'internal',
    labels:
      '(api_key|app|argument|credential|project|provider|user|bucket|object|domain|action_code|email|phone|weak|account|missing|invalid|unauthorized|no|null|internal|multi_factor|maximum|tenant|web)_\\w*(error|not_found|disabled|deleted|mismatch|not_supported|invalid|required|in_use|already_in_use|exists|code|continue_uri|uri|email|format|checksum|url|argument|event_name|use|app|auth_event|key|config|number|session|proof|info|length|verification_code|verification_id|persistence_type|tenant_id|recipient_email|sender|oauth_client_id|oauth_provider|dynamic_link_domain|root_operation)',
    source: 'Firebase auth, storage and functions',
  },
  {
    code: 'internal',
    labels:
      '(resourcenotfound|conditionalcheckfailed|nosuch(bucket|key|entity)|invalidparameter\\w*|missingparameter|malformed\\w+|signaturedoesnotmatch|invalidaccesskeyid|invalidclienttokenid|incompletesignature|missingauthenticationtoken|resourceinuse|limitexceeded|itemcollectionsizelimitexceeded|transactionconflict|optinrequired)(exception|error)?',
    source: 'AWS SDK',
  },
  {
    code: 'internal',
    labels: '(notallowed|security|dataclone|notsupported|invalidaccess|constraint|version|readonly)error',
    source: 'DOM',
  },
]
