const maxText = 4096

// Names of fields and settings whose value is a secret whatever it looks like. "author" is none, "authorization" is.
const secretName =
  'pass(?:word|wd|phrase|code)|pwd|secret|token|credential|cookie|session|signature|csrf|xsrf|jwt|bearer|otp|auth(?!or(?!i))|(?:api|access|private|secret|signing|encryption)[-_ ]?key'

const path = '(?:file:|~?\\/(?!\\/)|[a-z]:[\\\\/](?!\\/)|\\\\\\\\)'

// Each in linear time: no pattern looks further than it consumes, or it is bounded. In this order, since a rule for a
// whole line must come before those that would leave the rest of it.
const rules: readonly [RegExp, string][] = [
  [/-----BEGIN[\s\S]*?(?:-----END[^\n]*|$)/g, '[redacted]'],
  [/((?:authorization|cookie)["'\\]*\s*[:=]\s*)[^\r\n]*/gi, '$1[redacted]'],
  [
    new RegExp(
      `((?:${secretName})[\\w-]{0,20}["'\\\\]*\\s*[:=]\\s*)(?:"[^"\\n]*|'[^'\\n]*|[^\\s&,;"']+)`,
      'gi',
    ),
    '$1[redacted]',
  ],
  [/\b(bearer|basic|digest)\s+[^\s"',;]+/gi, '$1 [redacted]'],
  [/\beyJ[\w.-]{8,}/g, '[redacted]'],
  [
    /\b(?:[spr]k|xox[a-z]|gh[a-z]|github_pat|glpat|whsec)[-_][\w-]{6,}|\b(?:AKIA|ASIA|AIza)[\w-]{12,}/g,
    '[redacted]',
  ],
  [/:\/\/[^\s"'<>]{0,256}@[^\s"'<>]*/g, '://[redacted]'],
  [new RegExp(`(["'\`])${path}[^"'\`\\n]*`, 'gi'), '$1[path]'],
  [
    new RegExp(`(^|[^\\w/.:~-]|:(?!//))${path}[^\\s"'\`]*(?: [^\\s"'\`\\\\/]*[\\\\/][^\\s"'\`]*)*`, 'gi'),
    '$1[path]',
  ],
  [/[^\s@<>"'(),:;=]{1,64}@[^\s@<>"'(),:;]+/g, '[email]'],
  [/[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}/gi, '[id]'],
  [/[\w+/=-]{32,}/g, '[redacted]'],
]

/** The text with everything masked that looks like a secret, an id, an address or a path; long texts are cut. */
export function redactText(text: string): string {
  let safe = text.slice(0, maxText)
  for (const [pattern, mask] of rules) safe = safe.replace(pattern, mask)
  // The cut may have gone through a secret, of which the first half is not recognised any more.
  return text.length > maxText ? `${safe.replace(/\S*$/, '')}[cut]` : safe
}

const secretField = new RegExp(secretName, 'i')

/** Whether a field of this name holds a secret, so that its value must not be read at all. */
export const isSecretName = (name: string): boolean => secretField.test(name)
