import { expect, it } from 'vitest'
import { summaryOf } from './summary.js'
import { traced } from './trace-functions.js'

const call = 'globalThis.enterFile("a.ts");'
const trace = (code: string) => traced(code, { id: '/src/a.ts', file: 'a.ts' })

it.each([
  ['a declaration', 'function f(a: number) { return a }', `function f(a: number) {${call} return a }`],
  ['an arrow with a body', 'const f = () => { g() }', `const f = () => {${call} g() }`],
  ['an arrow without a body', 'const f = (a) => a', `const f = (a) => { ${call} return (a) }`],
  ['an object', 'const f = () => ({ a })', `const f = () => { ${call} return (({ a })) }`],
  [
    'an arrow that makes an arrow',
    'const f = (a) => (b) => a + b',
    `const f = (a) => { ${call} return ((b) => { ${call} return (a + b) }) }`,
  ],
  [
    'a method and a getter',
    'class A { f() {} get g() { return 1 } }',
    `class A { f() {${call}} get g() {${call} return 1 } }`,
  ],
  ['a signature without a body', 'interface A { f(): void }', 'interface A { f(): void }'],
])('traces %s', (_, code, expected) => {
  expect(trace(code)).toBe(expected)
})

it('counts each file once, each change of file, and each change to a file that was left', () => {
  expect(summaryOf(['a', 'a', 'b', 'a', 'c'])).toEqual({ files: ['a', 'b', 'c'], switches: 3, returns: 1 })
  expect(summaryOf([])).toEqual({ files: [], switches: 0, returns: 0 })
})
