import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const source = readFileSync(
  fileURLToPath(new URL('../../src/shared/check-option.ts', import.meta.url)),
  'utf8',
)
const { outputText } = ts.transpileModule(source, {
  compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
})

/** Whether the module, loaded in such a program, refuses an option that there is not. */
function refuses(mode: string | undefined, process?: object): boolean {
  // All bundlers do no more than that.
  const code = mode ? outputText.replaceAll('process.env.NODE_ENV', JSON.stringify(mode)) : outputText
  const exports: { refuseUnknown?: (option: string, given: object, known: string[]) => void } = {}
  runInNewContext(code, { exports, ...(process && { process }) })
  try {
    exports.refuseUnknown?.('', { timeuot: 1 }, ['timeout'])
    return false
  } catch {
    return true
  }
}

describe('an option that there is not', () => {
  it.each([
    { mode: 'development', process: undefined, program: 'a page that a bundler made for its developer' },
    { mode: 'development', process: { env: {} }, program: 'such a page with a `process` of its own' },
    { mode: undefined, process: { env: { NODE_ENV: 'development' } }, program: 'a Node process' },
    { mode: undefined, process: { env: {} }, program: 'a Node process without a mode' },
  ])('is refused in $program', ({ mode, process }) => {
    expect(refuses(mode, process)).toBe(true)
  })

  it.each([
    { mode: 'production', process: undefined, program: 'a page that a bundler made for its visitors' },
    { mode: undefined, process: undefined, program: 'a page without a bundler' },
    { mode: undefined, process: {}, program: 'a page with an empty `process`' },
    {
      mode: undefined,
      process: { env: { NODE_ENV: 'production' } },
      program: 'a Node process in production',
    },
  ])('is ignored in $program', ({ mode, process }) => {
    expect(refuses(mode, process)).toBe(false)
  })
})
