import { cutText, mask, maskRandom, maxText } from './core-redact-text.js'
import { isSecretName } from './secret-names.js'

// The words after "password is" or "Bearer" may be a state, such as "missing" or "not valid".
const state =
  /^(not?|too|an?|the|in|on|to|for|from|by|and|or|only|set|of|ok|null|undefined|true|false|here|plan|tokens?|scheme|header|format|realm|auth|[a-z]*(ed|id|ing|ct|ory|ble|ong|ort|ent|pty|eak|ation))(?![\w!@#$%^&*=+/-])/i

// A name of one or two words of any script, then the sign before its value: `--name x`, `name: x`, `"name":"x"`,
// `<name>x`, `name is x`, `"name", "x"`. It begins where no letter stands before it, so that each word is read once.
const nameAndSign =
  /(?:(?<![\w.\u00c0-\u1fff\u3040-\ud7ff-])|(?=[?&]))(?:--([\w-]+) +|([?&]?(?:[a-z]{1,20} )?(?:(?![是为])[\w.\u00c0-\u1fff\u3040-\ud7ff-])+)(?![\w.-])(?:["'`\\\]]*(?:\s*(?:[:=]+>?|[是为])\s*|>)|( (?:is|was|are)[ :]+)|("\s*,\s*"(?:value"\s*:)?)))/gi

/** Masks the rest of a line after the first secret's name: a secret may hold spaces and quotes, so its end can't be told. */
function maskNamed(line: string): string {
  for (const match of line.matchAll(nameAndSign)) {
    const [found, flag, name = flag ?? '', sentence, listed] = match
    const end = match.index + found.length
    const isSecret =
      /^[?&](key|code)$/i.test(name) ||
      (isSecretName(name.replace(/.* (?!key$)/i, '')) &&
        !(sentence && state.test(line.slice(end))) &&
        !(listed && !/-|auth|cookie/i.test(name)))
    if (isSecret && end < line.length) return line.slice(0, end) + mask
  }
  return line
}

// The version after the name of a package, as in `lodash@4.17.21`.
const version = /^[~^]?(\d+(\.(\d+|x)){0,2}(-[\w.]+)?|latest|next|beta|canary)(?![\w@]|\.\w)/

type Rule = readonly [pattern: RegExp, replace: (found: string, ...groups: string[]) => string]

// Each runs in linear time: what it looks at it consumes, or it is bounded.
const rules: readonly Rule[] = [
  [/-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g, () => mask],
  [/^.+$/gm, maskNamed],
  [
    /\b((?:bearer|apikey)\s+)([^\s"',;]+)/gi,
    (found, scheme = '', value = '') => (state.test(value) ? found : scheme + mask),
  ],
  // "Basic plan" is a sentence, and the Base64 of a name and a password is no word.
  [
    /\b((?:[Bb]asic|BASIC|[Dd]igest)\s+)(?=\S*[\d=]|\S*[A-Z]{2}\S*[a-z]|(?:[a-z]*[A-Z]+){3})[^\s"',;]+/g,
    (_, scheme = '') => scheme + mask,
  ],
  [/((?:^|\s)(?:-u|--user)[ =]?)[^\s:]{1,100}:\S+/g, (_, flag = '') => flag + mask],
  // File paths, which may hold spaces too; but not the path of a request.
  [
    /(^|[^\w/.:~<-]|:(?!\/\/))(?:file:|~?\/(?=[^\s/])(?!(?:api|v\d)\/|(?<=\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \/)\w)|[a-z]:[\\/](?!\/)|\\\\)[^"'`\n]*/gi,
    (_, before = '') => before + mask,
  ],
  // E-mail addresses and URLs with credentials.
  [/"[^"\n]{1,64}"@\S+/g, () => mask],
  [
    /([^\s"'<>]{0,256})@([^\s"'<>]*)/g,
    (found, before = '', after = '') => (/[^\W_]/.test(before) && !version.test(after) ? mask : found),
  ],
  // Keys of well-known services, by the prefixes that gitleaks 8 lists (config/gitleaks.toml) and the services document.
  [
    /\b(?:eyJ|A(?:3T|KIA|SIA|BIA|CCA|GPA|IDA|ROA|IPA|NPA|NVA|PKA|SCA|BSK|Iza)|LTAI|GR1348941|EAA[A-Z]|\d{8,10}:(?=[\w-]{35}\b)|s\.(?=[A-Za-z\d]{24}\b)|(?:pat|key)(?=[A-Za-z\d]{14}\b)|(?:[spr]k|xox[a-z]|xapp|gh[a-z]|gl(?:pat|[dfr]t|soat|ffct|ptt|cbt|imt|agent|oas|sa|c)|sq0[a-z]{3}|rzp|fw|hf|r8|hv[sbr]|shp[a-z]{2}|whsec|npm|pypi|pplx|gsk|xai|Expo(?:nent)?PushToken)[-_.[])[\w.-]{6,}\]?/g,
    (found) => (/[A-Z\d]/.test(found) || found.length > 31 ? mask : found),
  ],
  // Whatever else is long and looks drawn by lot: ids, hashes, other tokens.
  [/[a-z]{32,}|[A-Z]{32,}|\d{32,}/g, () => mask],
  [/[\w.~+/=-]{24,}/g, (run) => maskRandom(run).replace(/[\w~+-]{24,}/g, maskRandom)],
]

/** Undoes what hides a name or a sign: full-width forms, percent-encoding (also twice), JSON's escapes. */
function reveal(text: string): string {
  let plain = text
    .normalize('NFKC')
    .slice(0, 2 * maxText)
    .replace(/\\u00([2-7][\da-f])/gi, '%$1')
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
