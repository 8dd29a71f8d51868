import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const most = 12

interface Given {
  readonly to: string
  readonly names: number
  readonly spreads: readonly string[]
}

/** `new X({ ... })`: how many things the object names, and what it spreads. */
function constructions(file: string, text: string): Given[] {
  const found: Given[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node))
      for (const given of node.arguments ?? [])
        if (ts.isObjectLiteralExpression(given))
          found.push({
            to: `${file}: ${node.expression.getText()}`,
            names: given.properties.length,
            spreads: given.properties
              .filter(ts.isSpreadAssignment)
              .map(({ expression }) => expression.getText()),
          })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return found
}

const all = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .flatMap((name) => constructions(name.split('\\').join('/'), readFileSync(join(src, name), 'utf8')))

describe('a collaborator', () => {
  it(`is given at most ${most} things by name`, () => {
    expect(all.length).toBeGreaterThan(50)
    expect(all.filter(({ names }) => names > most)).toEqual([])
  })

  it('of the client is given no other layer’s options by a spread', () => {
    const spread = all.filter(({ to, spreads }) => !to.startsWith('server/') && spreads.length > 0)
    // An error that is made from another one is no collaborator.
    expect(spread.filter(({ to }) => !to.endsWith(': AppError'))).toEqual([])
  })

  it('is found by this test if it is given too much', () => {
    const names = Array.from({ length: 13 }, (_, n) => `n${n}`)
    const [wide] = constructions('a.ts', `new Wide({ ${names} })`)
    expect(wide?.names).toBe(13)
    expect(constructions('a.ts', 'new Lazy({ ...this.#options, b })')[0]?.spreads).toEqual(['this.#options'])
  })
})
