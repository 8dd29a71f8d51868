import type { ErrorFacts } from './error-facts.js'
import { read } from './read.js'
import { redactName } from './redact-name.js'

/** Reads what valibot and zod throw. Only the fields' paths are kept: an issue's text and input hold what was typed. */
export function fromValidation(error: unknown): ErrorFacts | undefined {
  const issues = read(error, 'issues')
  if (!Array.isArray(issues) || !/^(Vali|\$?Zod)Error$/.test(`${read(error, 'name')}`)) return undefined
  const paths = issues.slice(0, 20).map((issue) => {
    const path = read(issue, 'path')
    return Array.isArray(path) ? path.map(fieldName).join('.') : ''
  })
  return { code: 'invalid_message', details: { fields: [...new Set(paths)].filter(Boolean) } }
}

// zod's path is a list of keys, valibot's a list of objects with a key. In a record the keys are data too, so that only a
// name that looks like a field's, or an index, passes.
function fieldName(step: unknown): string {
  const name = String(read(step, 'key') ?? step)
  return /^([a-z_]\w{0,30}|\d{1,6})$/i.test(name) && redactName(name) === name ? name : '*'
}
