import { type DestinationStream, type Level, pino, stdTimeFunctions } from 'pino'
import { redact } from '../../src/errors/redact.js'
import type { LogFields, Logger } from '../../src/shared/logger.js'

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** JSON lines, each field redacted on its way out: forgotten secrets are masked too. */
export function createLogger(level: LogLevel, destination: DestinationStream): Logger {
  const log = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, destination)
  const write =
    (at: Level) =>
    (event: string, fields: LogFields = {}) => {
      if (log.isLevelEnabled(at)) log[at](redact(fields), event)
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
