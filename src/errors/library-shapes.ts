import type { KnownErrorCode } from './error-policy.js'

/**
 * How libraries and platforms name a failure: a code of ours, and the labels that mean it, each as a whole and whatever its
 * case. A label is an error's name, code, type, class, or a text that no other error has, with `-` as `_` and without a
 * prefix such as `auth/`. Each comment says who documents or defines the names.
 */
export type Shape = readonly [code: KnownErrorCode, labels: string]

/** The first row that matches counts. Errors that a repeat cannot help are `internal`, which is not retried. */
export const libraryShapes: readonly Shape[] = [
  // this package, express-jwt, Nest, Azure.
  [
    'unauthorized',
    '\\w*(unauthorized|unauthenticated)(error|exception)|\\w*authentication(required)?error|authorizationrequirederror',
  ],
  // DOM AbortError, got CancelError, axios CanceledError, p-cancelable, .NET; gRPC and Connect code 1; tRPC.
  [
    'cancelled',
    '(abort|cancell?(ed)?)(error|exception)|operationcancell?edexception|cancell?ed|client_closed_request',
  ],
  // axios, got, Node `ABORT_ERR`, undici.
  ['cancelled', 'err_(cancell?ed|aborted)|abort_err|und_err_aborted'],
  // openai, @anthropic-ai/sdk, Node, node-fetch, Safari, Chrome.
  [
    'cancelled',
    'api_?useraborterror|request was aborted\\.?|(this|the) operation was aborted\\.?|the user aborted a request\\.?|fetch is aborted\\.?|signal is aborted without reason',
  ],
  // openai error codes (429), @anthropic-ai/sdk.
  ['internal', 'insufficient_quota|billing_\\w+|payment_required'],
  // openai, @anthropic-ai/sdk, tRPC.
  [
    'message_too_large',
    'context_length_exceeded|string_above_max_length|payload_too_large|request_too_large',
  ],
  // openai, @anthropic-ai/sdk, tRPC, gRPC and Connect code 8, Firebase, supabase, Stripe, LangChain, Slack.
  [
    'rate_limited',
    '\\w*rate_?limit(ed)?(_?error|_?exception|_exceeded)?|slack_webapi_rate_limited_error|too_many_requests|resource_exhausted|quota_exceeded|over_\\w+_rate_limit',
  ],
  // AWS SDK: THROTTLING_ERROR_CODES of @smithy/service-error-classification.
  [
    'rate_limited',
    '(throttling|throttled|throttlederror|toomanyrequests|requestlimitexceeded|requestthrottled|provisionedthroughputexceeded|prioryrequestnotcomplete|slowdown|bandwidthlimitexceeded)(exception|error)?',
  ],
  // @anthropic-ai/sdk, gRPC and Connect code 14, tRPC, AWS; PostgreSQL class 53, MySQL; Redis BUSY.
  [
    'overloaded',
    'overloaded(_error)?|unavailable|service_unavailable|serviceunavailable(exception|error)?|server_busy|53\\d{3}|er_(con_count_error|too_many_\\w+)|busy( .*)?|out_of_memory',
  ],
  // jsonwebtoken, jose, Firebase auth, AWS, PostgREST, supabase, NATS.
  [
    'token_expired',
    '(jwt|(id_|user_|access_)?token) ?_?expired|tokenexpirederror|jwtexpired|err_jwt_expired|expiredtoken(exception)?|pgrst303|session_(cookie_)?expired|authentication_expired',
  ],
  // gRPC and Connect code 16, tRPC, GraphQL (Apollo, Hasura), @anthropic-ai/sdk, openai, jsonwebtoken, jose, supabase,
  // Firebase auth, AWS, PostgREST, OAuth (RFC 6749), LangChain.
  [
    'unauthorized',
    'unauthenticated|unauthori[sz]ed|authentication_error|model_authentication|invalid_api_key|jsonwebtokenerror|notbeforeerror|err_jw[ts]_\\w+|authsessionmissingerror|authinvalid(jwt|credentials)error|(invalid|wrong|bad)_(credentials?|password|login_credentials|token|grant|jwt)|refresh_token_(not_found|already_used)|session_not_found|session_cookie_revoked|\\w*token_revoked|no_authorization|requires_recent_login|unrecognizedclientexception|pgrst30[0-2]',
  ],
  // gRPC and Connect code 7, tRPC, GraphQL (Hasura), @anthropic-ai/sdk, AWS, PostgreSQL, Firebase auth, Deno, NATS.
  [
    'forbidden',
    'forbidden(error|exception)?|permission_?denied|permission_error|access_?denied(exception)?|42501|insufficient_scope|operation_not_allowed|notcapable|authorization_violation',
  ],
  // gRPC and Connect code 10, MongoDB error labels, PostgreSQL appendix A, MySQL, SQLite, Prisma, PostgREST, Redis, Node.
  [
    'temporary',
    'aborted|transienttransactionerror|retryablewriteerror|40001|40p01|55p03|57p0[1-3]|pgrst00[0-3]|er_lock_\\w+|er_server_shutdown|sqlite_(busy|locked)\\w*|p2034|(loading|readonly|tryagain|clusterdown|masterdown|noreplicas)( .*)?|eagain|ebusy|emfile|enfile|enobufs|bad_gateway',
  ],
  // DOM, got, ky, openai and Anthropic `APIConnectionTimeoutError`, undici, MongoDB, AWS, gRPC and Connect code 4, tRPC, Prisma.
  [
    'timeout',
    '\\w*time(d)?out(error|exception)|deadline_exceeded|gateway_timeout|request_?timeout|maxtimemsexpired|mongooperationtimeouterror|p1002|p1008|p2024|\\w+_timeout',
  ],
  // Node, request, Deno, undici, Chrome.
  [
    'timeout',
    'e(socket)?timedout|etime|timed_?out|und_err_(connect|headers|body)_timeout|err_(\\w+_)?(timeout|timed_out)',
  ],
  // Engine.IO, Safari, React Native, openai, @anthropic-ai/sdk, ioredis, axios, pg, Bun, Node, undici, p-timeout.
  [
    'timeout',
    '(ping )?timeout|(.{1,60} )?timed out( (after|in) .*)?\\.?|timeout of \\d+ ?ms exceeded|timeout expired|timeout exceeded when trying to connect|query read timeout|connection terminated due to connection timeout|canceling statement due to (statement|lock) timeout|the operation was aborted due to timeout|headers timeout error|body timeout error|(socket|connect) timeout( .*)?',
  ],
  // Node TLS, OpenSSL, Chrome, Safari, Deno.
  [
    'internal',
    '(depth_zero_)?self_signed_cert\\w*|(cert|crl|akid|ocsp|certificate)_\\w+|unable_to_(verify|get|decrypt|decode)_\\w+|err_(tls|ssl)_\\w+|err_cert_\\w+|eproto|hostname_mismatch|invalid_(ca|purpose)|path_length_exceeded|(an ssl error|the certificate for this server) .*|.*(invalid peer certificate|certificate has expired|self.signed certificate).*',
  ],
  // Python, DOM, undici, openai, @anthropic-ai/sdk, MongoDB, ioredis, supabase, node-fetch, got, Next.js, Stripe, kafkajs.
  [
    'network',
    '(connection\\w{0,9}|\\w*connection|brokenpipe|\\w*network|transport|socket|mongoserverselection|mongopoolcleared|mongonotconnected|maxretriesperrequest|clusterallfailed|socketclosedunexpectedly|clientoffline|authretryablefetch|functionsfetch|fetch|read|responseaborted|functionsrelay|nolivingconnections|sequelize(connectionrefused|hostnotfound|hostnotreachable|invalidconnection))error',
  ],
  // Node `os.constants.errno`, undici, Node errors, Node's HTTP parser, got, Chrome, Deno, Bun, PostgreSQL class 08, MySQL,
  // Prisma, Firebase, Azure.
  [
    'network',
    'e(conn|pipe|notfound|ai_|host|net|nonet|shutdown|notconn|addrnotavail|remoteio)\\w*|hpe_\\w+|und_err_(socket|res_content_length_mismatch)|err_(network\\w*|stream_premature_close|socket_closed|http2_(stream|session|goaway)\\w*|quic_\\w+|reading_response_stream|internet_disconnected|connection_\\w+|proxy_connection_failed|name_not_resolved|address_\\w+|incomplete_chunked_encoding|empty_response)|connection(refused|reset|closed|aborted)|brokenpipe|failedtoopensocket|08\\w{3}|protocol_connection_lost|p1001|p1017|request_send_error|network_request_failed|retry_limit_exceeded',
  ],
  // fetch of Chrome, Firefox, Safari, React Native and undici; node-fetch; Angular.
  [
    'network',
    'typeerror: (failed to fetch|(fetch|load) failed|network ?(error|request failed)).*|(typeerror: )?(failed to fetch|(fetch|load) failed|terminated|(the )?(internet|network) connection .*|a data connection cannot be established .*|international roaming is .*|network request failed|could not connect to the server\\.?|a server with the specified hostname could not be found\\.?|error in input stream|other side closed|premature close|stream has been aborted|invalid response body .*)|http failure response for .*: 0 unknown error',
  ],
  // fetch of Deno, Bun and Cloudflare Workers.
  [
    'network',
    '(typeerror: )?(error sending request.*|client error \\(connect\\).*|.*connection (closed before message completed|reset by peer).*|error reading a body from connection.*|unable to connect\\. is the computer able to access the url\\?|was there a typo in the url or port\\?|the socket connection was closed unexpectedly.*|network connection lost\\.?|connection refused.*)',
  ],
  // openai, @anthropic-ai/sdk, ioredis, pg, Node, Socket.IO.
  [
    'network',
    'connection error\\.?|connection is closed\\.?|connection terminated( unexpectedly)?\\.?|client network socket disconnected .*|socket hang up|socket has been disconnected|socket is closed|stream closed( .*)?|parser error|(xhr|fetch|(web)?(socket|transport)|network)( \\w+)? (error|close)',
  ],
  // gRPC and Connect codes 3 and 11, tRPC, GraphQL (Apollo), AWS; yup, joi, ajv, mongoose; Prisma, Sequelize.
  [
    'invalid_message',
    'invalid_argument|out_of_range|bad_request|bad_user_input|unprocessable_content|unprocessable_entity|(prismaclient|sequelize)?validation(error|exception)',
  ],
  // DOM.
  ['storage_unavailable', 'quotaexceedederror'],
  // gRPC and Connect codes 5, 6, 9, 12, 13 and 15, tRPC, GraphQL (Apollo, Hasura).
  [
    'internal',
    'not_found|already_exists|failed_precondition|precondition_failed|unimplemented|not_implemented|internal|internal_server_error|data_loss|parse_error|method_not_supported|not_acceptable|unsupported_media_type|conflict|constraint_(violation|error)|graphql_(parse|validation)_failed|persisted_query_\\w+|operation_resolution_failure',
  ],
  // Node `os.constants.errno` and errors, axios, got.
  [
    'internal',
    'enospc|edquot|enoent|eacces|eperm|erofs|eisdir|enotdir|eexist|einval|enametoolong|eaddrinuse|enotempty|eloop|exdev|ebadf|efbig|enosys|emsgsize|enoexec|efault|enotsup|eopnotsupp|enodev|enxio|module_not_found|err_(invalid|unsupported|unknown|unescaped|missing|module|package|require|out_of_range|use_after)\\w*|err_(fr_)?(too_many_redirects|bad_option\\w*)|err_bad_option_value|err_not_support',
  ],
  // undici: what is not above.
  ['internal', 'und_err_(?!info|response)\\w+'],
  // PostgreSQL appendix A, PostgREST, MySQL, SQLite, Prisma, Sequelize.
  [
    'internal',
    '(0[1-79a-z]|2[0-8bdf]|3[0-9bdf]|42|44|xx|p0|f0|hv)\\w{3}|pgrst\\d+|57014|er_\\w+|sqlite_\\w+|p[1-6]\\d{3}|sequelize\\w+error',
  ],
  // Redis.
  [
    'internal',
    'clientclosederror|(noauth|wrongpass|noperm|wrongtype|oom|noscript|execabort|crossslot|moved|err) .*|replyerror|errorreply|simpleerror',
  ],
  // MongoDB driver.
  ['internal', 'mongo\\w*error'],
  // ai (Vercel AI SDK).
  [
    'internal',
    'ai_(load|nosuch|invalid|typevalidation|unsupported|toomany|missing|messageconversion)\\w*error',
  ],
  // Firebase auth, storage and functions.
  ['internal', '(auth|storage|functions|firestore|messaging|app)\\/.+'],
  // AWS SDK.
  [
    'internal',
    '(resourcenotfound|conditionalcheckfailed|nosuch\\w+|invalid(parameter|accesskey|clienttoken)\\w*|missing(parameter|authenticationtoken)|malformed\\w+|signaturedoesnotmatch|incompletesignature|limitexceeded|(credentials|token)provider)(exception|error)?',
  ],
  // DOM.
  ['internal', '(notallowed|security|dataclone|notsupported|invalidaccess|constraint|version|readonly)error'],
]
