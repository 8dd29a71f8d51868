import type { KnownErrorCode } from './error-policy.js'

/**
 * How libraries and platforms name a failure: a code of ours, and the labels that mean it, each as a whole and whatever its
 * case. A label is an error's name, code, type, class, or a text that no other error has, as it is and also without a
 * prefix such as `auth/` and without all but letters and digits, so that `RATE_LIMITED`, `rate-limited` and `Rate limited.`
 * are one. `ERR` before a label and `Error` after it are left out. Each comment says who documents or defines the names.
 */
export type Shape = readonly [code: KnownErrorCode, labels: string]

/** The first row that matches counts. Errors that a repeat cannot help are `internal`, which is not retried. */
export const libraryShapes: readonly Shape[] = [
  // this package, express-jwt, Nest, Azure.
  [
    'unauthorized',
    '\\w*(unauthorized|unauthenticated)(error|exception)|\\w*authentication(required)?error|authorizationrequirederror',
  ],
  // openai error codes (429), @anthropic-ai/sdk; DynamoDB, whose transactions are cancelled by their own conditions.
  ['internal', 'billing\\w+|insufficientquota|paymentrequired|transactioncanceled'],
  // DOM AbortError, got CancelError, axios CanceledError, p-cancelable, .NET, Kotlin; gRPC and Connect code 1; tRPC; Node `ABORT_ERR`
  // and `os.constants.errno`, undici, mssql, Chromium; texts of openai, @anthropic-ai/sdk, node-fetch, Safari, Deno, gRPC.
  [
    'cancelled',
    '(?!connection)\\w{0,30}(abort(ed)?|cancel(l?ed|l?ation)?)(error|exception)|(net)?err(cancell?ed|aborted)|(the|this|api|fetch|request|operation|bodystreambuffer|signal)+(was|is|hasbeen)aborted(withoutreason)?|(the|this|fetch|request|operation|promise|task|call)*(was|is|hasbeen)?cancell?ed(onclient)?|\\w{0,30}abortedby(the)?user|aborterr|clientclosedrequest|ecancel(ed)?|theuserabortedarequest|underraborted',
  ],
  // openai, @anthropic-ai/sdk, tRPC.
  ['message_too_large', '(payload|request|content)toolarge|contextlengthexceeded|stringabovemaxlength'],
  // DOM.
  ['storage_unavailable', 'quotaexceedederror'],
  // openai, @anthropic-ai/sdk, tRPC, gRPC and Connect code 8, Firebase, supabase, Stripe, LangChain, Slack, Salesforce, Shopify;
  // AWS SDK: THROTTLING_ERROR_CODES of @smithy/service-error-classification.
  [
    'rate_limited',
    '\\w*ratelimit(ed)?(exceeded)?|\\w{0,20}throttl(ing|ed?)(error)?|bandwidthlimitexceeded|priorrequest\\w+|provisionedthroughputexceeded|quotaexceeded|requestlimitexceeded|resourceexhausted|slowdown|toomanyrequests',
  ],
  // @anthropic-ai/sdk, gRPC and Connect code 14, tRPC, AWS, Firebase; PostgreSQL class 53, MySQL; Redis BUSY.
  [
    'overloaded',
    '(serv(er|ice))?unavailable|53\\d{3}|busy( .*)?|er_too_many_\\w+|erconcount|outofmemory|overloaded|serverbusy',
  ],
  // jsonwebtoken, jose, Firebase auth, AWS, PostgREST, supabase, NATS, Spotify; statuses of Laravel, IIS and Esri.
  [
    'token_expired',
    '.{0,60}(jwt|token|session(cookie)?)(has|is)?expired(error)?.{0,60}|419|440|498|authenticationexpired|expiredtoken.*|pgrst303',
  ],
  // gRPC and Connect code 16, tRPC, GraphQL (Apollo, Hasura, Hot Chocolate), @anthropic-ai/sdk, openai, jsonwebtoken, jose,
  // supabase, Firebase auth, AWS, PostgREST, OAuth (RFC 6749), MSAL, LangChain, Salesforce, graphql-ws.
  [
    'unauthorized',
    '(auth)?invalid(credentials?|password|logincredentials|(user|id|access|refresh|auth|authentication)?token|grant|jwt|sessionid)|(invalid|incorrect)apikey.{0,60}|(login|interaction)required|(no|missing)auth(entication)?token|4401|\\w*tokenrevoked|\\w{0,30}(un|not)(authenticated|authori[sz]ed)|auth(entication)?required|authsessionmissing|errjw[ts]\\w+|invalidrefreshtoken.*|jsonwebtokenerror|modelauthentication|noauthorization|notbeforeerror|auth/wrong-password|notloggedin|pgrst30[0-2]|refreshtoken(notfound|alreadyused)|requiresrecentlogin|session(notfound|cookierevoked)|unrecognizedclient',
  ],
  // gRPC and Connect code 7, tRPC, GraphQL (Hasura, GitHub), @anthropic-ai/sdk, AWS, PostgreSQL, Firebase auth, Deno, NATS.
  [
    'forbidden',
    '42501|accessdenied|authorizationviolation|forbidden|insufficientscopes?|notcapable|operationnotallowed|permission(denied|error)',
  ],
  // gRPC and Connect code 10, MongoDB, PostgreSQL appendix A, MySQL, SQLite, Prisma, PostgREST, Redis, Node, Neo4j, AWS.
  [
    'temporary',
    '(loading|readonly|tryagain|clusterdown|masterdown|noreplicas) .*|40001|40p01|55p03|57p0[1-3]|aborted|badgateway|eagain|ebusy|eintr|eio|emfile|enfile|enobufs|enomem|er_lock_\\w+|erservershutdown|neotransienterror\\w*|p2034|pgrst00[0-3]|retryablewrite|sqlite(busy|locked)\\w*|transactioninprogress|transienttransaction',
  ],
  // DOM, got, ky, openai and Anthropic `APIConnectionTimeoutError`, undici, MongoDB, AWS, gRPC and Connect code 4, tRPC, Prisma,
  // Node, request, Deno, Chrome, Firefox, Engine.IO, Safari, React Native, ioredis, axios, pg, Bun, p-timeout, Go, Knex.
  [
    'timeout',
    '(?!invalid|.*must)\\w{0,30}timeout|(context)?deadlineexceeded.{0,60}|.*abortedduetotimeout|.*duetoconnectiontimeout|.{0,30}timeout(error|of|at|after|awaiting|acquiring|exceeded|expired|while).{0,90}|.{0,80}timedout.{0,80}|\\w+_timeout|cancelingstatement.*timeout|e(socket)?time(d?out)?|p1002|p1008|p2024|timeouterr',
  ],
  // Node TLS, OpenSSL, Chrome, Safari, Deno, Go, Python.
  [
    'internal',
    '(cert|crl|akid|ocsp)_\\w+|(depthzero)?selfsignedcert\\w*|.*certificate.*|ansslerror.*|err(tls|ssl|cert)\\w+|hostnamemismatch|invalid(ca|purpose)|pathlengthexceeded|unable_to_\\w+',
  ],
  // Python, DOM, undici, openai, @anthropic-ai/sdk, MongoDB, ioredis, supabase, node-fetch, got, Next.js, Stripe, kafkajs, AWS,
  // Sequelize.
  [
    'network',
    '(\\w*connection\\w{0,12}|brokenpipe|\\w*network(ing)?|transport|socket\\w{0,20}|mongo(ose)?serverselection|mongo(poolcleared|notconnected|topologyclosed)|maxretriesperrequest|clusterallfailed|clientoffline|authretryablefetch|functions(fetch|relay)|fetch|read|responseaborted|sequelizehostnot\\w+)error',
  ],
  // Node `os.constants.errno`, undici, Node errors, Node's HTTP parser, got, Chrome, Deno, Bun, PostgreSQL class 08, MySQL,
  // Prisma, Firebase, Azure.
  [
    'network',
    '(net)?err(network|streamp|socketc|http2|quic|reading|internet|conn|proxy|name|address|tunnel|content|incomplete|empty)\\w*|08\\w{3}|e(conn|pipe|notfound|ai|host|net|nonet|shutdown|notconn|notopen|addrnotavail|remoteio|socket|dns|refused|servfail|nodata)\\w{0,12}|failedtoopensocket|hpe_\\w+|networkrequestfailed|p1001|p1017|protocolconnectionlost|requestsenderror|retrylimitexceeded|underr(socket|rescontentlengthmismatch)',
  ],
  // fetch of Chrome, Firefox, Safari, React Native, undici, Deno, Bun and Cloudflare Workers; node-fetch; Angular.
  [
    'network',
    '(typeerror)?(failedtofetch|(fetch|load)failed|networkrequestfailed|terminated|(internationalroaming|couldnotconnectto(the)?server|aserverwith|cannotparseresponse|errorininput|othersideclosed|prematureclose|streamhasbeenaborted|invalidresponsebody|importingamodule|errorsendingrequest|clienterror(conn|send)|errorreadingabody|unabletoconnectis|wasthereatypo|dnserror).*)|httpfailure.*0unknownerror|typeerror(failedtofetch|(fetch|load)failed|networkerror).*',
  ],
  // openai, @anthropic-ai/sdk, ioredis, pg, MySQL, Node, MongoDB, ws, Socket.IO, Safari, Deno, Bun, Cloudflare Workers.
  [
    'network',
    '(xhr|fetch|(web)?(socket|transport)|network)( \\w+)? (error|close)|.*(connection|socket)(hasbeen|was|is|to.{1,30})?(lost|closed?|terminated|dropped|disconnected|refused|reset|aborted).*|.*(internet|network|data)connection.*|.*nameresolution|brokenpipe|connectionerror|lostconnection.*|parsererror|server(closedtheconnection|disconnected).*|sockethangup|streamclosed.*',
  ],
  // gRPC and Connect codes 3 and 11, tRPC, GraphQL (Apollo), AWS, openai; yup, joi, ajv, mongoose; Prisma, Sequelize.
  [
    'invalid_message',
    '(prismaclient|sequelize)?validation(error|exception)|badrequest|baduserinput|casterror|invalidargument|invalidrequest|outofrange|unprocessable\\w+',
  ],
  // gRPC and Connect codes 5, 6, 9, 12, 13 and 15, tRPC, JSON-RPC, GraphQL (Apollo, Hasura), openai, Azure, PostgreSQL, Inngest,
  // Temporal.
  [
    'internal',
    '(un|not)implemented|-32(700|60\\d)|\\w{0,40}notfound|alreadyexists|conflict|constraint(violation)?|content(filter|policy\\w+)|dataloss|duplicatekey.*|failedprecondition|fatal|graphql(parse|validation)failed|internal(_server_error)?|methodnotsupported|nonretr[iy]able|notacceptable|operationresolutionfailure|parseerror|persistedquery\\w+|preconditionfailed|unrecoverable|unsupportedmediatype',
  ],
  // Node `os.constants.errno` and errors, axios, got, Chrome, mssql, nodemailer: what is not above, nor says as little as axios'
  // ERR_BAD_RESPONSE. `errno` stands for any code that begins with E and has no underscore.
  [
    'internal',
    'err_(?!bad_re|non_2|got|body|failed|http_r|socket|stream_d|unh|up)\\w+|errno|invalidurl|modulenotfound|onlyabsoluteurls.*',
  ],
  // undici: what is not above.
  ['internal', 'und_err_(?!info|response)\\w+'],
  // PostgreSQL appendix A, PostgREST, MySQL, SQLite, Prisma, Sequelize.
  [
    'internal',
    '(0[1-79a-z]|2[0-8bdf]|3[0-9bdf]|42|44|xx|p0|f0|hv)\\w{3}|57014|er_\\w+|p[1-6]\\d{3}|pgrst\\d+|sequelize\\w+error|sqlite_\\w+',
  ],
  // Redis.
  ['internal', 'clientclosederror|errorreply|replyerror|simpleerror'],
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
    '(credentials|token)provider|conditionalcheckfailed|incompletesignature|invalid(parameter|accesskey|clienttoken)\\w*|limitexceeded|malformed\\w+|missing(parameter|authenticationtoken)|nosuch\\w+|signaturedoesnotmatch',
  ],
  // DOM.
  ['internal', '(notallowed|security|dataclone|notsupported|invalidaccess|constraint|version|readonly)error'],
  // Python's KeyError prints as the quoted key and nothing else.
  ['initializing', `keyerror|'[^']+'|"[^"]+"|[a-z]+_[\\da-f-]{36}`],
]
