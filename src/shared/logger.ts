import { inDevelopment } from './check-option.js'

/** Fields of a log line. Only what is safe to keep: class, code, correlation id, counts, never an error's text. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where the SDK writes its structured log. `console` and pino both fit after a line of glue; silent by default. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** The logger whose methods `to` makes, one for each level. */
export const loggerOf = (to: (level: keyof Logger) => Logger['warn']): Logger => ({
  debug: to('debug'),
  info: to('info'),
  warn: to('warn'),
  error: to('error'),
})

const silence = () => {}

export const silentLogger: Logger = { debug: silence, info: silence, warn: silence, error: silence }

/**
 * The logger of a client or a server that was given none: silent in production. In development each warning that carries a `hint`, which
 * is a mistake that only the developer can mend, is written to the console once.
 */
export function hintLogger(): Logger {
  let logger = silentLogger
  inDevelopment(() => {
    const told = new Set<unknown>()
    const warn: Logger['warn'] = (_event, { hint } = {}) => {
      if (hint === undefined || told.has(hint)) return
      told.add(hint)
      console.warn(`reconvene: ${hint}`)
    }
    logger = { ...silentLogger, warn }
  })
  return logger
}
