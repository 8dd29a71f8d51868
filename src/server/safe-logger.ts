import { guarded } from '../shared/listeners.js'
import type { LogFields, Logger } from '../shared/logger.js'

/** The app's logger. A call that throws or rejects, as if its stream is closed, stops nothing: no request, no close, no process. */
export function safeLogger(logger: Logger): Logger {
  const to = (level: keyof Logger) =>
    guarded((event: string, fields?: LogFields) => logger[level](event, fields))
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
}
