export interface Codec {
  readonly events: readonly string[]
}
