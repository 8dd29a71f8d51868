/**
 * Whether JSON nests deeper than `levels`. Serialisers recurse, so a few thousand brackets, which parse without trouble,
 * would overflow their stack later, when the value is stored or pushed.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}
