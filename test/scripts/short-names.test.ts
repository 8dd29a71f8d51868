import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { beforeAll, expect, it } from 'vitest'
import { internalNames, shortNames } from '../../scripts/short-names.js'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const entries = [
  'index.ts',
  'browser.ts',
  ...['errors', 'react', 'recovery', 'storage'].map((room) => `${room}/index.ts`),
]

// What these rooms name may be on the wire or in a database, or another build has it.
const foreignRooms = /^(protocol|server|storage)\//

let checker: ts.TypeChecker
/** The properties of all that the package exports, and of all that these lead to. */
const exported = new Set<string>()
/** By the name of each property in the client's source, why the build must leave it alone. */
const reasons = new Map<string, string>()
/** The names of all properties there. */
const names = new Set<string>()

beforeAll(() => {
  const { config } = ts.readConfigFile(join(src, '../tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, dirname(src))
  const program = ts.createProgram(
    entries.map((entry) => join(src, entry)),
    options,
  )
  checker = program.getTypeChecker()
  const sources = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(src))
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(src, entry)) as ts.SourceFile)
    for (const symbol of module ? checker.getExportsOfModule(module) : []) export_(symbol)
  }
  for (const source of sources) look(source)
}, 60_000)

const seen = new Set<ts.Type>()

function export_(given: ts.Symbol): void {
  const symbol = given.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(given) : given
  if (symbol.flags & ts.SymbolFlags.Type) reach(checker.getDeclaredTypeOfSymbol(symbol))
  if (symbol.valueDeclaration) reach(checker.getTypeOfSymbol(symbol))
}

function reach(type: ts.Type | undefined): void {
  if (!type || seen.has(type)) return
  seen.add(type)
  for (const argument of type.aliasTypeArguments ?? []) reach(argument)
  if (type.isUnionOrIntersection()) for (const one of type.types) reach(one)
  if (isReference(type)) for (const argument of checker.getTypeArguments(type)) reach(argument)
  reach(checker.getBaseConstraintOfType(type))
  // The platform's own types lead to nothing of ours.
  if (type.symbol?.declarations?.some(isForeign)) return
  for (const property of checker.getPropertiesOfType(type)) {
    // A private member is not exported, nor is its type.
    if (property.valueDeclaration && ts.isPrivateIdentifier(nameOf(property.valueDeclaration))) continue
    exported.add(property.name)
    reach(checker.getTypeOfSymbol(property))
  }
  for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
    for (const parameter of signature.parameters) reach(checker.getTypeOfSymbol(parameter))
    reach(signature.getReturnType())
  }
  reach(type.getStringIndexType())
  reach(type.getNumberIndexType())
}

const isReference = (type: ts.Type): type is ts.TypeReference =>
  (type.flags & ts.TypeFlags.Object) !== 0 && 'target' in type

const nameOf = (declaration: ts.Declaration): ts.Node => ts.getNameOfDeclaration(declaration) ?? declaration

/** Whether something is declared outside of the client's source, or by the platform as the source says. */
function isForeign(declaration: ts.Declaration): boolean {
  const { fileName } = declaration.getSourceFile()
  const isAmbient = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0
  const isOfVariable = ts.findAncestor(declaration, ts.isVariableStatement)?.modifiers?.some(isDeclare)
  return (
    !fileName.startsWith(src) || foreignRooms.test(fileName.slice(src.length)) || isAmbient || !!isOfVariable
  )
}

const isDeclare = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.DeclareKeyword

function look(node: ts.Node): void {
  if (ts.isStringLiteralLike(node)) reasons.set(node.text, 'a string is the same, and may be a key')
  if (ts.isIdentifier(node)) {
    const symbols = symbolsOf(node)
    if (symbols) names.add(node.text)
    const declarations = symbols?.flatMap(({ declarations = [] }) => declarations)
    if (declarations?.length === 0)
      reasons.set(node.text, 'an object without a type has it, whose fields may be read by their keys')
    if (declarations?.some(isForeign))
      reasons.set(node.text, 'another build, the wire, a database or the platform has it')
  }
  if (isReadByKeys(node))
    for (const { name } of checker.getTypeAtLocation(node).getProperties())
      reasons.set(name, 'an object with it goes where its keys may be read, as into the log')
  ts.forEachChild(node, look)
}

/** Whether an expression is taken for a dictionary. */
function isReadByKeys(node: ts.Node): node is ts.Expression {
  if (!ts.isExpression(node) || !ts.isCallExpression(node.parent)) return false
  const isRead = /^(Object\.(entries|keys|values)|JSON\.stringify)$/.test(node.parent.expression.getText())
  const wanted = checker.getContextualType(node)
  return isRead || (!!wanted && checker.getNonNullableType(wanted).getStringIndexType() !== undefined)
}

/** The properties that an identifier names; undefined if it names none. */
function symbolsOf(node: ts.Identifier): readonly ts.Symbol[] | undefined {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return present(checker.getSymbolAtLocation(node))
  if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
    if ((parent.propertyName ?? parent.name) !== node) return undefined
    return present(checker.getTypeAtLocation(parent.parent).getProperty(node.text))
  }
  if (ts.isObjectLiteralExpression(parent.parent) && 'name' in parent && parent.name === node) {
    const type = checker.getContextualType(parent.parent)
    const types = type?.isUnion() ? type.types : [type]
    return present(...types.map((one) => one?.getProperty(node.text)))
  }
  if (ts.isClassElement(parent) && parent.name === node) {
    const bases = checker.getTypeAtLocation(parent.parent).getBaseTypes?.() ?? []
    return [
      ...present(checker.getSymbolAtLocation(node)),
      ...present(...bases.map((base) => base.getProperty(node.text))),
    ]
  }
  if (ts.isTypeElement(parent) && parent.name === node) return present(checker.getSymbolAtLocation(node))
  return undefined
}

const present = (...symbols: (ts.Symbol | undefined)[]): readonly ts.Symbol[] =>
  symbols.filter((one) => one !== undefined)

it('gives short names to no property that an app, a server, a database or the platform can see', () => {
  for (const name of exported) reasons.set(name, 'the package exports it')
  const unsafe = internalNames
    .filter((name) => reasons.has(name))
    .map((name) => `${name}: ${reasons.get(name)}`)
  expect(unsafe).toEqual([])
})

it('finds the names that must stay', () => {
  for (const name of [
    'userMessage',
    'retryAfterMs',
    'conversation_id',
    'maxAttempts',
    'subscribe',
    'addEventListener',
    'multiplex',
  ])
    expect([...exported, ...reasons.keys()]).toContain(name)
})

it('gives no name that another property has', () => {
  expect(new Set(internalNames).size).toBe(internalNames.length)
  expect([...shortNames.values()].filter((name) => names.has(name))).toEqual([])
})
