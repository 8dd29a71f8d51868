import { logFields } from '../errors/log-fields.js'
import { translateError } from '../errors/translate-error.js'

/**
 * The fields that the log keeps of a failure that a developer has to look into. Beside what it may keep of any error, that is the
 * system's own code, such as `ENOSPC`: it says why a log can't be written, and holds nothing of anybody's text.
 */
export function failureFields(error: unknown): Record<string, unknown> {
  const code = codeOf(error)
  const errno = typeof code === 'string' && /^E[A-Z0-9]{1,20}$/.test(code) ? { errno: code } : {}
  return { ...logFields(translateError(error)), ...errno }
}

/** The name that the system or a library gives the failure; undefined if there is none. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
