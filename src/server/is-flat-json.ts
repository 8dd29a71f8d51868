/** The bounds of a payload. */
export interface JsonBounds {
  readonly levels: number
  /** Values in all, nested ones included. */
  readonly values: number
}

/**
 * Whether a value that Socket.IO delivered is JSON within the bounds. Serialisers recurse, so a few thousand brackets,
 * which parse without trouble, would overflow their stack later, when the value is stored or pushed. And Socket.IO
 * delivers bytes beside JSON, which a log can't give back as they were.
 */
export function isFlatJson(value: unknown, { levels, values }: JsonBounds): boolean {
  let left = values
  const isFlat = (inner: unknown, level: number): boolean => {
    if (typeof inner !== 'object' || inner === null) return true
    if (level === 0 || ArrayBuffer.isView(inner)) return false
    // Before all of its indexes are listed.
    if (Array.isArray(inner) && inner.length > left) return false
    for (const name in inner) {
      left -= 1
      if (left < 0 || !isFlat(inner[name as keyof typeof inner], level - 1)) return false
    }
    return true
  }
  return isFlat(value, levels)
}
