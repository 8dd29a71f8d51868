import type { Clock } from '../../shared/clock.js'
import type { LogFields, Logger } from '../../shared/logger.js'

const linesPerSecond = 10

/** At most 10 lines a second; what is left out is counted in the next line. */
export function boundedLogger(logger: Logger, clock: Clock): Logger {
  let second = 0
  let lines = 0
  let left = 0
  const bounded =
    (level: keyof Logger) =>
    (event: string, fields: LogFields = {}) => {
      const now = Math.floor(clock.now() / 1000)
      if (now !== second) {
        second = now
        lines = 0
      }
      lines += 1
      if (lines > linesPerSecond) {
        left += 1
        return
      }
      logger[level](event, left > 0 ? { ...fields, linesLeftOut: left } : fields)
      left = 0
    }
  return { debug: bounded('debug'), info: bounded('info'), warn: bounded('warn'), error: bounded('error') }
}
