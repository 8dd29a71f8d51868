import { cutText, mask, maskRandom, maxText } from './core-redact-text.js'
import { isSecretName } from './secret-names.js'

// The words after "password is" or "Bearer" may be a state, such as "missing" or "not valid".
const state =
  /^(?:(not?|too|an?|the|in|on|to|for|from|by|and|or|only|set|of|ok|over|up|down|out|off|open|full|new|old|gone|null|undefined|true|false|here|plan|tokens?|scheme|header|format|realm|auth|[a-z]*(ed|id|ing|ct|ory|ble|ong|ort|ent|pty|eak|ation))(?![\w!@#$%^&*=+/-])|realm=|\d+[位个字文]|[必不否空未无错正可需已什多强弱])/i

// Values that say of a secret only whether there is one, its type, or who is sent one.
const literal =
  /^["']?(?:null|undefined|true|false|string|number|include|omit|same-origin)(?![\w!@#$%^&*=+/-])/i

// Words with digits in them that are names of methods, and no secrets.
const method =
  /^(?:sha-?\d+|md5|aes-?\d+|[a-z]{2}(?:256|384|512)|base\d+|oauth-?2?|http[s\d.]*|ed25519|utf-?8)\b/i

// A name of one or two words of any script, then the sign before its value: `--name x`, `name: x`, `"name":"x"`,
// `<name>x`, `name -> x`, `name is x`, `"name", "x"`, or no sign at all. It begins where no letter stands before it, so that
// each word is read once.
const nameAndSign =
  /(?:(?<![\w.\u00c0-\u1fff\u3040-\ud7ff-])|(?=[?&#]))(?:--?([^\s=,:"']{2,40})(?: +|=)|([?&#]?(?:[a-z]{1,20} (?!(?:is|was|are|of|for) ))?(?!-)(?:(?![是为は])[\w.\u00c0-\u1fff\u3040-\ud7ff-])+)(?![\w.-])(?:(?:["'`*\\\]]|<\/\w{1,9}>)*(?:\s*(?:[:=|]+>?|->|[「【])\s*|>)|((?: (?:of|for) [^\s"']{1,40})? (?:is|was|are)[ :]+|\s*[是为は]\s*)|(["']? *, *b?["']?(?:value["']? *:)? *["']?)|([ \t]+(?:provided: *)?["']?)))/gi

/** The word that begins there, without the punctuation after it. */
function wordAt(line: string, start: number): string {
  const [word = ''] = /^\S*/.exec(line.slice(start)) ?? []
  const after = /[.,;:!?"')\]]*$/.exec(word.slice(-4))?.[0] ?? ''
  return word.slice(0, word.length - after.length)
}

const looksDrawn = (word: string): boolean =>
  /^(?=.*\d)(?=.*[a-z])[^(){}]{6,}$/i.test(word) && !method.test(word)

/**
 * Masks the rest of a line after the first secret's name: a secret may hold spaces and quotes, so its end can't be told. If
 * no sign stands after the name, the next word is masked, and only if it looks drawn by lot.
 */
function maskNamed(line: string): string {
  nameAndSign.lastIndex = 0
  for (let match = nameAndSign.exec(line); match; match = nameAndSign.exec(line)) {
    const [found, flag, name = flag ?? '', sentence, listed, space] = match
    const end = match.index + found.length
    const isNamed = isSecretName(name.replace(/.* (?!(key|codes?|phrase)$)/i, ''))
    const isSecret =
      /^[?&#](key|code|ticket)$/i.test(name) ||
      (isNamed &&
        !literal.test(wordAt(line, end)) &&
        !(sentence && state.test(wordAt(line, end))) &&
        !(listed && !(/"|'/.test(listed) && /-|auth|cookie/i.test(name)) && !looksDrawn(wordAt(line, end))) &&
        !(space && !looksDrawn(wordAt(line, end))))
    if (isSecret && end < line.length)
      return line.slice(0, end) + mask + (space ? maskNamed(line.slice(end + wordAt(line, end).length)) : '')
    // The word after a space may be the name.
    if (space) nameAndSign.lastIndex = match.index + name.split(' ', 1).join().length
  }
  return line
}

/** Masks what stands under a secret's name: a block of YAML, or a part of a form. */
const maskBelow = (found: string, before = '', name = ''): string =>
  isSecretName(name) && (/\n[ \t]|\n\r?\n|=$/.test(before) || looksDrawn(found.slice(before.length)))
    ? before + mask
    : found

// The version after the name of a package, as in `lodash@4.17.21`.
const version = /^[~^]?(\d+(\.(\d+|x)){0,2}(-[\w.]+)?|latest|next|beta|canary)(?![\w@]|\.\w)/

type Replace = (found: string, ...groups: string[]) => string
type Rule = readonly [pattern: RegExp, replace: Replace]

const masked: Replace = (_, before = '') => before + mask

// Each runs in linear time: what it looks at it consumes, or it is bounded.
const rules: readonly Rule[] = [
  [/-{4,5} ?BEGIN[\s\S]*?(?:-{4,5} ?END[^-]{0,99}-{4,5}|$)/g, () => mask],
  [/(\bname="([^"\n]{1,99})"(?:[^\n]{0,200}\r?\n\r?\n|[^>\n]{0,99}\bvalue=))[^\n]+/g, maskBelow],
  [
    /(^[ \t-]*["']?([^\s"':]{1,60})["']?:[ \t]*[|>]?[-+]?[ \t]*\r?\n[ \t]*)[^\n]+(?:\n[ \t]+[^\n]+)*/gm,
    maskBelow,
  ],
  [/^.+$/gm, maskNamed],
  [
    /\b((?:bearer|api-?key)\s+)([^\s"',;]+)/gi,
    (found, scheme = '', value = '') => (state.test(value) ? found : scheme + mask),
  ],
  [/\b((?:digest|hawk|oauth|vapid|aws4-hmac-sha256)\s+)(?=[a-z_]{1,30}=).+/gi, masked],
  [/\b((?:negotiate|ntlm|dpop|shared ?key(?:lite)?)\s+)(?=\S*[\d:])[^\s"',;]{8,}/gi, masked],
  // SQL; Redis; mysql takes the password without a space.
  [
    /\b((?:identified by|requirepass)\s+|mysql[^\n]{0,200}? -p(?!-)|(?:sshpass|redis-cli|docker login)[^\n]{0,200}? -[pa] )\S.*/gi,
    masked,
  ],
  // "Basic plan" is a sentence, and the Base64 of a name and a password is no word.
  [
    /\b((?:[Bb]asic|BASIC|[Dd]igest)\s+)(?=\S*[\d=]|\S*[A-Z]{2}\S*[a-z]|(?:[a-z]*[A-Z]+){3})[^\s"',;]+/g,
    masked,
  ],
  [
    /((?:^|\s)(?:-u|-U|--(?:proxy-)?user)[ =]?)(?:"[^":\n]{1,100}:[^"\n]*|'[^':\n]{1,100}:[^'\n]*|[^\s:%"']{1,100}[:%]\S+)/g,
    masked,
  ],
  // File paths, which may hold spaces too; but not the path of a request.
  [
    /(^|[^\w/.:~<-]|:(?!\/\/))(?:file:|~?\/(?=[^\s/])(?!(?:api|v\d)\/|(?<=\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \/)\w)|[a-z]:[\\/](?!\/)|\\\\)[^"'`\n]*/gi,
    masked,
  ],
  // E-mail addresses and URLs with credentials.
  [/"[^"\n]{1,64}"@\S+/g, () => mask],
  [
    /([^\s"'<>]{0,256})@([^\s"'<>]*)/g,
    (found, before = '', after = '') => {
      // In scripts without spaces the text before a mention stands close to it: "谢谢@张三".
      const isAddress = /[^\W_]/.test(before) || (/\p{L}/u.test(before) && /\.\p{L}/u.test(after))
      return isAddress && !version.test(after) ? mask : found
    },
  ],
  // Keys of well-known services, by the prefixes that gitleaks 8 lists (config/gitleaks.toml) and the services document.
  [
    /\b(?:eyJ|A(?:3T|KIA|SIA|BIA|CCA|GPA|IDA|ROA|IPA|NPA|NVA|PKA|SCA|BSK|Iza)|LTAI|GR1348941|EAA[A-Z]|\d{8,10}:(?=[\w-]{35}\b)|s\.(?=[A-Za-z\d]{24}\b)|(?:pat|key)(?=[A-Za-z\d]{14}\b)|(?:[spr]k|xox[a-z]|xapp|gh[a-z]|gl(?:pat|[dfr]t|soat|ffct|ptt|cbt|imt|agent|oas|sa|c)|sq0[a-z]{3}|rzp|fw|hf|r8|hv[sbr]|shp[a-z]{2}|api_org|whsec|npm|pypi|pplx|gsk|xai|Expo(?:nent)?PushToken)[-_.[])[\w.+/=-]{6,}\]?/g,
    (found) => (/[A-Z\d]/.test(found) || found.length > 31 ? mask : found),
  ],
  // Addresses that are secrets.
  [/\b(hooks\.[a-z]+\.com\/)\S+/g, masked],
  // All other text that is long and looks drawn by lot: ids, hashes, other tokens.
  [/[a-z]{32,}|[A-Z]{32,}|\d{32,}/g, () => mask],
  [/[\w.~+/=-]{24,}/g, (run) => maskRandom(run).replace(/[\w~+-]{24,}/g, maskRandom)],
]

/** Undoes what hides a name or a sign: full-width forms, percent-encoding (also twice), JSON's escapes. */
function reveal(text: string): string {
  let plain = text
    .normalize('NFKC')
    .slice(0, 2 * maxText)
    .replace(/密 +码/g, '密码')
    .replace(/\\(?:u00|x)([2-7][\da-f])/gi, '%$1')
    .replace(/&#(?:x([\da-f]{2})|(\d{2,3}));/gi, (_, hex, decimal) =>
      String.fromCharCode(hex ? Number.parseInt(hex, 16) : Number(decimal)),
    )
  for (let round = 0; round < 3; round++) plain = plain.replace(/(?:%[2-9a-f][\da-f])+/gi, decode)
  return plain
}

function decode(escaped: string): string {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}

/**
 * The text with everything masked that looks like a secret, an id, an address of e-mail or a path of a file; a long text
 * is cut. Not masked: numbers of bank accounts, cards and phones, and postal addresses, which look like other text.
 */
export function redactText(text: string): string {
  const plain = reveal(text.slice(0, maxText))
  let safe = plain
  for (const [pattern, replace] of rules) safe = safe.replace(pattern, replace)
  return cutText(text, safe === plain ? text : safe)
}
