const maxText = 4096

// Names of fields and settings whose value is a secret whatever it looks like. "author" is none, "authorization" is; `sid`
// is what Engine.IO calls its session.
const secretName =
  'pass(?!ed)|pwd|secret|token|credential|cookie|session|\\bsid\\b|signature|jwt|bearer|auth(?!or(?!i[sz]))|(?:api|access|private)[-_ ]?key'

// Each runs in linear time: what it looks at it consumes, or it is bounded. Group 1 stays. Where a secret or a path ends
// can't be told, since both may hold spaces and a secret quotes too, so the rest of the line goes with it.
const patterns: readonly RegExp[] = [
  new RegExp(`((?:${secretName})[\\w-]{0,20}["'\\\\]*\\s*[:=]\\s*).+`, 'gi'),
  /\b((?:bearer|basic|digest)(?:\s|%20)+)[^\s"',;]+/gi,
  /(^|[^\w/.:~-]|:(?!\/\/))(?:file:|~?\/(?=[^\s/])|[a-z]:[\\/](?!\/)|\\\\)[^"'`\n]*/gi,
  // E-mail addresses, in queries too, and URLs with credentials.
  /()[^\s"'<>]{0,256}(?:@|%40)[^\s"'<>]*/g,
  /()-----BEGIN[^-]*-----[^-]*/g,
  // JWTs, the keys of well-known services, and whatever else is long and unbroken: uuids, hashes, other tokens.
  /()\b(?:eyJ|(?:[spr]k|xox[a-z]|gh[a-z]|glpat)[-_]|A[KS]IA|AIza)[\w.-]{6,}/g,
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
