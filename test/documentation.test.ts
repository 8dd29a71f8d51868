import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')

/** The rows of a page's tables that name a test file, and a test in it. */
const named = [
  ...read('docs/testing.md').matchAll(/^\|[^|]*\| `(test\/[^`]+\.test\.tsx?)` \| (.+) \|$/gm),
].map(([, file = '', name = '']) => ({ file, name }))

it.each(named)('docs/testing.md names a test that there is: $name', ({ file, name }) => {
  expect(read(file)).toContain(name)
})

it('docs/testing.md names a test for each that the design asks for', () => {
  expect(named.length).toBeGreaterThanOrEqual(22)
})
