import type { Clock } from './clock.js'
import { type Logger, loggerOf } from './logger.js'

const linesPerSecond = 10

/**
 * At most 10 lines a second of these levels together, so that a peer cannot fill the log. The next line that is written
 * counts those that were left out, as `linesLeftOut`.
 *
 * @param levels the bounded ones; by default all.
 */
export function boundedLogger(logger: Logger, clock: Clock, levels?: readonly (keyof Logger)[]): Logger {
  let second = 0
  let lines = 0
  let left = 0
  return loggerOf((level) => (event, fields = {}) => {
    if (levels?.includes(level) === false) return logger[level](event, fields)
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) {
      second = now
      lines = 0
    }
    if (lines++ >= linesPerSecond) {
      left++
      return
    }
    logger[level](event, left > 0 ? { ...fields, linesLeftOut: left } : fields)
    left = 0
  })
}
