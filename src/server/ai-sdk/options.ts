export interface AiSdkOptions {
  /** Metadata for the answer, from a part of the stream, such as `finish-step` with the model's id. @default none */
  readonly metadata?: (
    part: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>> | undefined
  /** Stores a file that the model made, and gives its URL. @default a data URL, which counts towards `answerBytes` */
  readonly fileUrl?: (file: { readonly mediaType: string; readonly bytes: Uint8Array }) => Promise<string>
  /** The text that people read of a tool that failed. @default 'failed': an exception's text is not for people */
  readonly toolError?: (error: unknown) => string
}
