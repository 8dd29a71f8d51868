import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const max = 12

/** An app makes these itself, so their options are as many as there are things that an app may set. */
const publicOptions = new Set(['ChatClientOptions', 'ChatServerOptions'])

interface Source {
  readonly file: string
  readonly nodes: readonly ts.Node[]
}

function sourceOf(file: string, text: string): Source {
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return { file, nodes }
}

const roomOf = (file: string) => file.split('/')[0] ?? ''
const lastPart = (file: string) => file.replace(/^.*\//, '').replace(/\.[jt]sx?$/, '')

/** The names that an interface declares, those of the interfaces that it extends included. */
function membersOf(type: string, sources: readonly Source[], file: string): string[] {
  const found = sources.flatMap(({ nodes }) =>
    nodes.filter(ts.isInterfaceDeclaration).filter(({ name }) => name.text === type),
  )
  // Two rooms may have a name each for options of their own.
  const own = found.filter((declared) => declared.getSourceFile().fileName === file)
  const declared = own.length > 0 ? own : found
  return declared.flatMap(({ members, heritageClauses = [] }) => [
    ...members.map((member) => member.name?.getText() ?? ''),
    ...heritageClauses.flatMap(({ types }) => types.flatMap((parent) => namesIn(parent, sources))),
  ])
}

function namesIn(type: ts.Node, sources: readonly Source[]): string[] {
  const isReference = ts.isTypeReferenceNode(type) || ts.isExpressionWithTypeArguments(type)
  if (ts.isTypeLiteralNode(type)) return type.members.map((member) => member.name?.getText() ?? '')
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap((part) => namesIn(part, sources))
  if (!isReference) return []
  const [of, picked] = type.typeArguments ?? []
  const name = (ts.isTypeReferenceNode(type) ? type.typeName : type.expression).getText()
  if (name === 'Pick' && picked) return picked.getText().split('|')
  if (/^(Readonly|Partial|Required|Omit)$/.test(name) && of) return namesIn(of, sources)
  return publicOptions.has(name) ? [] : membersOf(name, sources, type.getSourceFile().fileName)
}

const isBag = (type: ts.TypeNode | undefined) =>
  type !== undefined && /(Options|Context|Settings)\b|^\{/.test(type.getText())

/** The constructors whose options name too many things, and how many. */
function wide(sources: readonly Source[]): string[] {
  return sources.flatMap(({ file, nodes }) =>
    nodes.filter(ts.isConstructorDeclaration).flatMap(({ parent, parameters }) =>
      parameters
        .filter(({ type }) => isBag(type))
        .map(({ type }) => new Set(type && namesIn(type, sources)).size)
        .concat(parameters.length)
        .filter((names) => names > max)
        .map((names) => `${file}: ${parent.name?.text} takes ${names}`),
    ),
  )
}

/** The spreads in objects that constructors are handed. A name that may be absent, `...(a && { a })`, is no spread of options. */
function spreads(sources: readonly Source[]): string[] {
  return sources.flatMap(({ file, nodes }) =>
    nodes
      .filter(ts.isNewExpression)
      .filter(({ expression }) => expression.getText() !== 'AppError')
      .flatMap((made) => made.arguments?.filter(ts.isObjectLiteralExpression) ?? [])
      .flatMap((object) => spreadsIn(object))
      .map((spread) => `${file}: ${spread}`),
  )
}

/** Within such an object, a value that is changed, such as a pause of another length, may be spread; options may not. */
const spreadsIn = (object: ts.ObjectLiteralExpression, spread = /^\.\.\.[^(]/): string[] =>
  object.properties.flatMap((property) => {
    if (ts.isSpreadAssignment(property)) return spread.test(property.getText()) ? [property.getText()] : []
    const value = ts.isPropertyAssignment(property) ? property.initializer : property
    return ts.isObjectLiteralExpression(value) ? spreadsIn(value, /(options|context|settings)$/i) : []
  })

/** Options that a constructor of another room is handed as they are, without a list of names. */
function handedOn(sources: readonly Source[]): string[] {
  const takesBag = sources.flatMap(({ file, nodes }) =>
    nodes
      .filter(ts.isConstructorDeclaration)
      .flatMap(({ parent, parameters }) =>
        parameters.flatMap(({ type }, place) =>
          isBag(type) ? [{ room: roomOf(file), module: lastPart(file), name: parent.name?.text, place }] : [],
        ),
      ),
  )
  return sources.flatMap(({ file, nodes }) => {
    const imported = nodes
      .filter(ts.isImportDeclaration)
      .filter(({ importClause }) => importClause !== undefined)
      .map((found) => ({
        text: found.getText(),
        module: lastPart((found.moduleSpecifier as ts.StringLiteral).text),
      }))
    return nodes.filter(ts.isNewExpression).flatMap((made) => {
      const name = made.expression.getText()
      const [from] = imported.filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text))
      return takesBag
        .filter((of) => of.name === name && of.module === from?.module && of.room !== roomOf(file))
        .map(({ place }) => made.arguments?.[place])
        .filter((given) => given !== undefined && !ts.isObjectLiteralExpression(given))
        .map((given) => `${file}: new ${name}(${given?.getText()})`)
    })
  })
}

const all = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => sourceOf(name.split('\\').join('/'), readFileSync(join(src, name), 'utf8')))

describe('a collaborator', () => {
  it(`takes at most ${max} things by name`, () => {
    expect(wide(all)).toEqual([])
  })

  it('is given no other layer’s options by a spread', () => {
    expect(spreads(all)).toEqual([])
  })

  it('of another room is given each thing by its name', () => {
    expect(handedOn(all)).toEqual([])
  })
})

describe('these tests', () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}: number`).join(';')
  const widely = [
    `interface WideOptions { ${names(13)} }; class Wide { constructor(options: WideOptions) {} }`,
    `interface Base { ${names(12)} }; interface WideOptions extends Base { more: 1 }; class Wide { constructor({ more }: WideOptions) {} }`,
    `interface WideOptions { ${names(13)} }; class Wide { constructor(options: Readonly<WideOptions>) {} }`,
    `class Wide { constructor(options: { ${names(13)} }) {} }`,
    `class Wide { constructor(${names(13).replaceAll(';', ', ')}) {} }`,
  ]

  it.each(widely)('count the names of %s', (text) => {
    expect(wide([sourceOf('a.ts', text)])).toEqual(['a.ts: Wide takes 13'])
  })

  it.each([
    'new Lazy({ ...this.#options, b })',
    'new Lazy({ ...context })',
    'new Lazy({ socket: { ...options, url } })',
  ])('see the spread of %s', (text) => {
    expect(spreads([sourceOf('a.ts', text)])).toHaveLength(1)
  })

  it.each([
    'new Lazy(this.#options)',
    'const { own, ...rest } = options; new Lazy(rest)',
    'new Lazy(Object.assign({}, options, { b }))',
  ])('see that all is handed on by %s', (text) => {
    const lazy = sourceOf('delivery/lazy.ts', 'export class Lazy { constructor(options: LazyOptions) {} }')
    const caller = sourceOf('conversation/a.ts', `import { Lazy } from '../delivery/lazy.js'\n${text}`)
    expect(handedOn([lazy, caller])).toHaveLength(1)
  })
})
