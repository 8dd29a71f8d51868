/**
 * Whether a value that Socket.IO delivered is JSON and nests at most `levels` deep. Serialisers recurse, so a few thousand
 * brackets, which parse without trouble, would overflow their stack later, when the value is stored or pushed. And
 * Socket.IO delivers bytes beside JSON, which a log can't give back as they were.
 */
export function isFlatJson(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0 || ArrayBuffer.isView(value)) return false
  return Object.values(value).every((inner) => isFlatJson(inner, levels - 1))
}
