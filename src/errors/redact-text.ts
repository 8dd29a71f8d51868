const maxText = 4096

// Names of fields and settings whose value is a secret whatever it looks like. "author" is none, "authorization" is.
const secretName =
  'pass|pwd|secret|token|credential|cookie|session|signature|jwt|auth(?!or(?!i))|(?:api|access|private)[-_ ]?key'

const path = '(?:file:|~?\\/(?=[^\\s/])|[a-z]:[\\\\/](?!\\/)|\\\\\\\\)'

// Each runs in linear time: what it looks at it consumes, or it is bounded. Group 1 stays. Whole lines go first, since
// the other patterns would leave the rest of them.
const patterns: readonly RegExp[] = [
  /((?:authorization|cookie)["'\\]*\s*[:=]\s*)[^\r\n]+/gi,
  new RegExp(
    `((?:${secretName})[\\w-]{0,20}["'\\\\]*\\s*[:=]\\s*)\\\\*(?:"[^"\\n]*|'[^'\\n]*|[^\\s&,;"']+)`,
    'gi',
  ),
  /\b((?:bearer|basic|digest)\s+)[^\s"',;]+/gi,
  // Credentials in a URL, and with them the host.
  /(:\/\/)[^\s"'<>]{0,256}@[^\s"'<>]*/g,
  // A quoted path goes on to the quote, another one over spaces as long as there is a separator after them.
  new RegExp(`(["'\`])${path}[^"'\`\\n]*`, 'gi'),
  new RegExp(`(^|[^\\w/.:~-]|:(?!//))${path}[^\\s"'\`]*(?: [^\\s"'\`\\\\/]*[\\\\/][^\\s"'\`]*)*`, 'gi'),
  /()[^\s@<>"'(),:;=]{1,64}@[^\s@<>"'(),:;]+/g,
  /()-----BEGIN[^-]*-----[^-]*/g,
  // JWTs, the keys of well-known services, and whatever else is long and unbroken: uuids, hashes, other tokens.
  /()\b(?:eyJ[\w.-]{8,}|(?:[spr]k|xox[a-z]|gh[a-z]|glpat)[-_][\w-]{6,}|(?:AKIA|ASIA|AIza)[\w-]{12,})/g,
  /()[\w+/=-]{32,}/g,
]

/** The text with everything masked that looks like a secret, an id, an address or a path; a long text is cut. */
export function redactText(text: string): string {
  let safe = text.slice(0, maxText)
  for (const pattern of patterns) safe = safe.replace(pattern, '$1[redacted]')
  // The cut may have gone through a secret, of which the first half is not recognised any more.
  return text.length > maxText ? `${safe.slice(0, safe.lastIndexOf(' ') + 1)}[cut]` : safe
}

const secretField = new RegExp(secretName, 'i')

/** Whether a field of this name holds a secret, so that its value must not be read at all. */
export const isSecretName = (name: string): boolean => secretField.test(name)
