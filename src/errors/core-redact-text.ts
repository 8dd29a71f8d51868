export const maxText = 4096
export const mask = '[redacted]'

// Names of fields and settings whose value is a secret whatever it looks like. "author" is none, "authorization" is; `sid`
// is what Engine.IO calls its session.
const secretName =
  'passw|(?<![a-z])(?:pass|pin|otp|cv[vc]|ssn|sid|sig|seed)(?![a-z])|passphrase|pwd|secret(?!ar)|token(?!s|iz)|credential|cookie|sess(?:ion|id)|signature|jwt|bearer|[cx]srf|mnemonic|auth(?!or(?!i[sz])|ent)|(?:api|access|private|subscription)[-_ ]?key|密码|令牌|密钥'

const kindChange = /[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/

/** The run, masked if the kind of character changes as often as in a key, a hash or an id, and not only where words meet. */
export const maskRandom = (run: string): string =>
  /\d/.test(run) && run.split(kindChange).length > run.length * 0.2 + 1 ? mask : run

// Each runs in linear time: what it looks at it consumes, or it is bounded. Group 1 stays. Where a secret or a path ends
// can't be told, since both may hold spaces and a secret quotes too, so the rest of the line goes with it.
const patterns: readonly RegExp[] = [
  /()-----BEGIN[\s\S]*?(?:-----END.*|$)/g,
  new RegExp(`((?:${secretName})[\\w-]{0,20}["'\\\\]*(?:\\s*[:=：＝]\\s*|%3[ad])).+`, 'gi'),
  /\b((?:bearer|apikey|basic|digest)(?:\s|%20)+)[^\s"',;]{6,}/gi,
  /(^|[^\w/.:~-]|:(?!\/\/))(?:file:|~?\/(?=[^\s/])|[a-z]:[\\/](?!\/)|\\\\)[^"'`\n]*/gi,
  // E-mail addresses, in queries too, and URLs with credentials; not the version of a package.
  /()[^\s"'<>]{0,256}(?:@|%40)(?!\d+\.\d+\.\d+(?!\.))[^\s"'<>]*/g,
  // AWS' ids of keys may have few digits. Other services' keys are found as runs drawn by lot.
  /()\bA[A-Z]{3}[A-Z2-7]{16}\b/g,
]

/** `safe`, and of a long text without what stood at the cut: half a secret is not recognised any more. */
export function cutText(text: string, safe: string): string {
  const kept = safe.slice(0, maxText)
  return text.length > maxText ? `${kept.slice(0, kept.lastIndexOf(' ') + 1)}[cut]` : safe
}

/**
 * The text with everything masked that looks like a secret, an id, an address or a path; a long text is cut. The core of
 * what `redactText` knows: small, because every page carries it.
 */
export function coreRedactText(text: string): string {
  let safe = text.slice(0, maxText)
  for (const pattern of patterns) safe = safe.replace(pattern, `$1${mask}`)
  return cutText(text, safe.replace(/[\w.~+/=-]{12,}/g, maskRandom))
}

const maxName = 200
const secretField = new RegExp(secretName, 'i')

export const isCoreSecretName = (name: string): boolean => secretField.test(name.slice(0, maxName))
