import type { ChatPart } from '../../message/message.js'

/** Options that a provider reads or writes: an object for each provider. */
export type ProviderData = Record<string, Record<string, JsonValue>>
export type JsonValue = null | string | number | boolean | JsonValue[] | { [key: string]: JsonValue }

/** Data that a part of an answer keeps for the next model call. No client sees any of it. */
export interface AiPrivate {
  /** Which model call of the answer made the part, from 1; absent for the first. */
  readonly step?: number
  readonly providerMetadata?: ProviderData
  readonly resultMetadata?: ProviderData
  /** The provider ran the tool itself. */
  readonly providerExecuted?: true
  /** Ties a person's answer to the model's question, and its signature. */
  readonly approvalId?: string
  readonly signature?: string
  readonly inputSchemaInput?: unknown
  /** A tool's error, for the model; people read a fixed word. */
  readonly errorText?: string
  /** The part as the model sees it, if people see it differently. */
  readonly kind?: 'custom' | 'reasoning-file'
}

export const privateOf = (part: ChatPart): AiPrivate => (part as { private?: AiPrivate }).private ?? {}
