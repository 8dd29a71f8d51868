import type { Clock } from './clock.js'
import type { LogFields, Logger } from './logger.js'

const linesPerSecond = 10

const allLevels = ['debug', 'info', 'warn', 'error'] as const

/**
 * At most 10 lines a second of these levels together, so that a peer cannot fill the log. The next line that is written
 * counts those that were left out, as `linesLeftOut`.
 */
export function boundedLogger(
  logger: Logger,
  clock: Clock,
  levels: readonly (keyof Logger)[] = allLevels,
): Logger {
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
  return { ...logger, ...Object.fromEntries(levels.map((level) => [level, bounded(level)])) }
}
