/** Fields of a log line. Only what is safe to keep: class, code, correlation id, counts, never an error's text. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where the SDK writes its structured log. `console` and pino both fit after a line of glue; silent by default. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

const silence = () => {}

export const silentLogger: Logger = { debug: silence, info: silence, warn: silence, error: silence }
