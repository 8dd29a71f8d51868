import type { LogFields, Logger } from '../../../src/shared/logger.js'

export interface RecordingLogger extends Logger {
  readonly lines: readonly (readonly [level: string, event: string, fields?: LogFields])[]
}

export function recordingLogger(): RecordingLogger {
  const lines: [string, string, LogFields?][] = []
  const at = (level: string) => (event: string, fields?: LogFields) => {
    lines.push(fields ? [level, event, fields] : [level, event])
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
