import { guarded } from '../shared/listeners.js'
import { type LogFields, type Logger, loggerOf } from '../shared/logger.js'

/** The app's logger. A call that throws or rejects, as if its stream is closed, stops nothing: no request, no close, no process. */
export const safeLogger = (logger: Logger): Logger =>
  loggerOf((level) => guarded((event: string, fields?: LogFields) => logger[level](event, fields)))
