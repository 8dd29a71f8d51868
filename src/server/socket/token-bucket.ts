/** Tokens that come back with time. */
export interface Bucket {
  readonly tokens: number
  /** When they were counted, in milliseconds. */
  readonly at: number
}

export interface Rate {
  /** Tokens at most. */
  readonly burst: number
  /** Tokens that come back in a millisecond. */
  readonly perMs: number
}

export const fullBucket = ({ burst }: Rate, now: number): Bucket => ({ tokens: burst, at: now })

/** Takes one token. `waitMs` is 0 if there was one, otherwise the time until there is. */
export function takeToken(
  { tokens, at }: Bucket,
  { burst, perMs }: Rate,
  now: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const filled = Math.min(burst, tokens + Math.max(0, now - at) * perMs)
  if (filled >= 1) return { bucket: { tokens: filled - 1, at: now }, waitMs: 0 }
  return { bucket: { tokens: filled, at: now }, waitMs: Math.ceil((1 - filled) / perMs) }
}
