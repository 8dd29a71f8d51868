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
  ['internal', 'insufficientquota|billing\\w+|paymentrequired|transactioncanceled'],
  // DOM AbortError, got CancelError, axios CanceledError, p-cancelable, .NET, Kotlin; gRPC and Connect code 1; tRPC; Node `ABORT_ERR`
  // and `os.constants.errno`, undici, mssql, Chromium; texts of openai, @anthropic-ai/sdk, node-fetch, Safari, Deno, gRPC.
  [
    'cancelled',
    '(?!connection)\\w{0,30}(abort(ed)?|cancel(l?ed|l?ation)?)(error|exception)|clientclosedrequest|(net)?err(cancell?ed|aborted)|aborterr|underraborted|ecancel(ed)?|\\w{0,30}abortedby(the)?user|theuserabortedarequest|(the|this|api|fetch|request|operation|bodystreambuffer|signal)+(was|is|hasbeen)aborted(withoutreason)?|(the|this|fetch|request|operation|promise|task|call)*(was|is|hasbeen)?cancell?ed(onclient)?',
  ],
  // openai, @anthropic-ai/sdk, tRPC.
  ['message_too_large', 'contextlengthexceeded|stringabovemaxlength|(payload|request|content)toolarge'],
  // DOM.
  ['storage_unavailable', 'quotaexceedederror'],
  // openai, @anthropic-ai/sdk, tRPC, gRPC and Connect code 8, Firebase, supabase, Stripe, LangChain, Slack, Salesforce, Shopify;
  // AWS SDK: THROTTLING_ERROR_CODES of @smithy/service-error-classification; statuses of Twitter, Shopify and cPanel.
  [
    'rate_limited',
    '\\w*ratelimit(ed)?(exceeded)?|slackwebapiratelimitederror|toomanyrequests|resourceexhausted|quotaexceeded|over\\w+ratelimit|\\w{0,20}throttl(ing|ed?)(error)?|requestlimitexceeded|provisionedthroughputexceeded|priorrequest\\w+|slowdown|bandwidthlimitexceeded|420|430|509',
  ],
  // @anthropic-ai/sdk, gRPC and Connect code 14, tRPC, AWS, Firebase; PostgreSQL class 53, MySQL; Redis BUSY.
  [
    'overloaded',
    'overloaded|(serv(er|ice))?unavailable|serverbusy|53\\d{3}|er_too_many_\\w+|erconcount|busy( .*)?|outofmemory',
  ],
  // jsonwebtoken, jose, Firebase auth, AWS, PostgREST, supabase, NATS, Spotify; statuses of Laravel, IIS and Esri.
  [
    'token_expired',
    '.{0,60}(jwt|token|session(cookie)?)(has|is)?expired(error)?.{0,60}|expiredtoken.*|pgrst303|authenticationexpired|419|440|498',
  ],
  // gRPC and Connect code 16, tRPC, GraphQL (Apollo, Hasura, Hot Chocolate), @anthropic-ai/sdk, openai, jsonwebtoken, jose,
  // supabase, Firebase auth, AWS, PostgREST, OAuth (RFC 6749), MSAL, LangChain, Salesforce, graphql-ws.
  [
    'unauthorized',
    '\\w{0,30}(un|not)(authenticated|authori[sz]ed)|modelauthentication|(invalid|incorrect)apikey.{0,60}|jsonwebtokenerror|notbeforeerror|errjw[ts]\\w+|jwt(malformed|mustbeprovided)|authsessionmissing|(auth)?invalid(credentials?|password|logincredentials|(user|id|access|refresh|auth|authentication)?token|grant|jwt|sessionid)|(no|missing)auth(entication)?token|refreshtoken(notfound|alreadyused)|invalidrefreshtoken.*|session(notfound|cookierevoked)|\\w*tokenrevoked|noauthorization|requiresrecentlogin|unrecognizedclient|pgrst30[0-2]|auth(entication)?required|(login|interaction)required|authenticationcredentialswerenotprovided|4401',
  ],
  // gRPC and Connect code 7, tRPC, GraphQL (Hasura, GitHub), @anthropic-ai/sdk, AWS, PostgreSQL, Firebase auth, Deno, NATS.
  [
    'forbidden',
    'forbidden|permission(denied|error)|accessdenied|42501|insufficientscopes?|operationnotallowed|notcapable|authorizationviolation|4403',
  ],
  // gRPC and Connect code 10, MongoDB, PostgreSQL appendix A, MySQL, SQLite, Prisma, PostgREST, Redis, Node, Neo4j, AWS.
  [
    'temporary',
    'aborted|transienttransaction|retryablewrite|40001|40p01|55p03|57p0[1-3]|pgrst00[0-3]|er_lock_\\w+|erservershutdown|sqlite(busy|locked)\\w*|p2034|(loading|readonly|tryagain|clusterdown|masterdown|noreplicas) .*|eagain|ebusy|emfile|enfile|enobufs|enomem|eintr|eio|ealready|einprogress|edeadlk|badgateway|neotransienterror\\w*|transactioninprogress',
  ],
  // DOM, got, ky, openai and Anthropic `APIConnectionTimeoutError`, undici, MongoDB, AWS, gRPC and Connect code 4, tRPC, Prisma,
  // Node, request, Deno, Chrome, Firefox, Engine.IO, Safari, React Native, ioredis, axios, pg, Bun, p-timeout, Go, Knex.
  [
    'timeout',
    '\\w*timeouterror|.{0,80}timedout.{0,80}|\\w+_timeout|(?!invalid|.*must)\\w{0,30}timeout|e(socket)?time(d?out)?|timeouterr|p1002|p1008|p2024|maxtimemsexpired|(context)?deadlineexceeded.{0,60}|.{0,30}timeout(of|at|after|awaiting|acquiring|exceeded|expired|while).{0,90}|exceededtimeout.{0,40}|(headers|body|socket|connect)timeout.*|.*duetoconnectiontimeout|cancelingstatementdueto(statement|lock)timeout|.*abortedduetotimeout',
  ],
  // Node TLS, OpenSSL, Chrome, Safari, Deno, Go, Python.
  [
    'internal',
    '.*certificate.*|(depthzero)?selfsignedcert\\w*|(cert|crl|akid|ocsp)_\\w+|unable_to_\\w+|err(tls|ssl|cert)\\w+|hostnamemismatch|invalid(ca|purpose)|pathlengthexceeded|ansslerror.*',
  ],
  // Python, DOM, undici, openai, @anthropic-ai/sdk, MongoDB, ioredis, supabase, node-fetch, got, Next.js, Stripe, kafkajs, AWS,
  // Sequelize.
  [
    'network',
    '(\\w*connection\\w{0,12}|brokenpipe|\\w*network(ing)?|transport|socket\\w{0,20}|mongo(ose)?serverselection|mongo(poolcleared|notconnected|topologyclosed)|maxretriesperrequest|clusterallfailed|clientoffline|authretryablefetch|functions(fetch|relay)|fetch|read|responseaborted|idpcommunication|sequelizehostnot\\w+)error',
  ],
  // Node `os.constants.errno`, undici, Node errors, Node's HTTP parser, got, Chrome, Deno, Bun, PostgreSQL class 08, MySQL,
  // Prisma, Firebase, Azure.
  [
    'network',
    'e(conn|pipe|notfound|ai|host|net|nonet|shutdown|notconn|notopen|addrnotavail|remoteio|socket|dns|refused|servfail|nodata)\\w{0,12}|hpe_\\w+|underr(socket|rescontentlengthmismatch)|(net)?err(network|streamp|socketc|http2|quic|reading|internet|conn|proxy|name|address|tunnel|content|incomplete|empty)\\w*|failedtoopensocket|08\\w{3}|protocolconnectionlost|p1001|p1017|requestsenderror|networkrequestfailed|retrylimitexceeded',
  ],
  // fetch of Chrome, Firefox, Safari, React Native, undici, Deno, Bun and Cloudflare Workers; node-fetch; Angular.
  [
    'network',
    'typeerror(failedtofetch|(fetch|load)failed|networkerror).*|(typeerror)?(failedtofetch|(fetch|load)failed|networkrequestfailed|terminated|(internationalroaming|couldnotconnect|aserverwith|cannotparseresponse|errorininput|othersideclosed|prematureclose|streamhasbeenaborted|invalidresponsebody|importingamodule|errorloadingdynamic|errorsendingrequest|clienterror(conn|send)|errorreadingabody|unabletoconnect|wasthereatypo|dnserror).*)|httpfailureresponsefor.*0unknownerror',
  ],
  // openai, @anthropic-ai/sdk, ioredis, pg, MySQL, Node, MongoDB, ws, Socket.IO, Safari, Deno, Bun, Cloudflare Workers.
  [
    'network',
    'connectionerror|.*(internet|network|data)connection.*|.*(connection|socket)(hasbeen|was|is|to.{1,30})?(lost|closed?|terminated|dropped|disconnected|refused|reset|aborted).*|lostconnection.*|.*nameresolution|brokenpipe|server(closedtheconnection|disconnected).*|sockethangup|streamclosed.*|parsererror|(xhr|fetch|(web)?(socket|transport)|network)( \\w+)? (error|close)',
  ],
  // gRPC and Connect codes 3 and 11, tRPC, GraphQL (Apollo), AWS, openai; yup, joi, ajv, mongoose; Prisma, Sequelize.
  [
    'invalid_message',
    'invalidargument|outofrange|badrequest|invalidrequest|baduserinput|unprocessable(content|entity)|(prismaclient|sequelize)?validation(error|exception)|casterror',
  ],
  // gRPC and Connect codes 5, 6, 9, 12, 13 and 15, tRPC, JSON-RPC, GraphQL (Apollo, Hasura), openai, Azure, PostgreSQL, Inngest,
  // Temporal.
  [
    'internal',
    '\\w{0,40}notfound|alreadyexists|failedprecondition|preconditionfailed|(un|not)implemented|internal(server)?|dataloss|parseerror|methodnotsupported|notacceptable|unsupportedmediatype|conflict|constraint(violation)?|graphql(parse|validation)failed|persistedquery\\w+|operationresolutionfailure|-32(700|60\\d)|content(filter|policy\\w+)|duplicatekey.*|nonretr[iy]able|unrecoverable|fatal',
  ],
  // Node `os.constants.errno` and errors, axios, got, Chrome, mssql, nodemailer: what is not above, nor says as little as axios'
  // ERR_BAD_RESPONSE. `errno` stands for any code that begins with E and has no underscore.
  [
    'internal',
    'errno|err_(?!bad_re|non_2|got|body|failed|http_r|socket|stream_d|unh|up)\\w+|modulenotfound|invalidurl|onlyabsoluteurls.*',
  ],
  // undici: what is not above.
  ['internal', 'und_err_(?!info|response)\\w+'],
  // PostgreSQL appendix A, PostgREST, MySQL, SQLite, Prisma, Sequelize, Oracle, Neo4j.
  [
    'internal',
    '(0[1-79a-z]|2[0-8bdf]|3[0-9bdf]|42|44|xx|p0|f0|hv)\\w{3}|pgrst\\d+|57014|er_\\w+|sqlite_\\w+|p[1-6]\\d{3}|sequelize\\w+error|ora-\\d+|neoclienterror\\w+',
  ],
  // Redis.
  ['internal', 'clientclosederror|replyerror|errorreply|simpleerror'],
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
    'conditionalcheckfailed|nosuch\\w+|invalid(parameter|accesskey|clienttoken)\\w*|missing(parameter|authenticationtoken)|malformed\\w+|signaturedoesnotmatch|incompletesignature|limitexceeded|(credentials|token)provider',
  ],
  // DOM.
  ['internal', '(notallowed|security|dataclone|notsupported|invalidaccess|constraint|version|readonly)error'],
  // Python's KeyError prints as the quoted key and nothing else.
  ['initializing', `keyerror|'[^']+'|"[^"]+"|[a-z]+_[\\da-f-]{36}`],
]
