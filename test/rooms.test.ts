import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))

// From the bottom to the top: a room may import itself and the rooms before it, types included.
const client = [
  'shared',
  'protocol',
  'errors',
  'message',
  'recovery',
  'storage',
  'connection',
  'event-log',
  'codec',
  'delivery',
  'conversation',
  'chat-options',
  'chat-events',
  'chat-client',
  'react',
  'index',
  'browser',
]

// The server half stands beside the client: both are built on the same lowest rooms, and neither imports the other.
const server = ['shared', 'protocol', 'errors', 'message', 'recovery', 'server']

// The packages that only one place of the client may import.
const owners: Readonly<Record<string, RegExp>> = {
  react: /^react\//,
  'socket.io-client': /^connection\/(socket-io-transport|safe-polling)\.ts$/,
  idb: /^storage\/indexed-db-storage\.ts$/,
}

/** `errors/app-error.ts` is in the room `errors`; a file that stands in `src` itself is a room of its own. */
const roomOf = (file: string): string => (file.split('/')[0] ?? '').replace(/\.[jt]sx?$/, '')

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

/** Every way in which a source names another module: a statement, a type, an import that runs later. */
function importsIn(from: string, text: string): Import[] {
  const found: Import[] = []
  const add = (module: ts.Node | undefined, isType: boolean) => {
    if (module && ts.isStringLiteralLike(module)) found.push({ from, to: module.text, isType })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    if (ts.isExternalModuleReference(node)) add(node.expression, false)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    if (ts.isModuleDeclaration(node)) add(node.name, true)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true))
  return found
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => extname(name) !== '')
  .map((name) => name.split('\\').join('/'))

const imports = files.flatMap((from) => importsIn(from, readFileSync(join(src, from), 'utf8')))

/** An import by the package's own name, or by a path from the root, leads past the order: to no room. */
const targetOf = ({ from, to }: Import) =>
  to.startsWith('.') ? roomOf(posix.join(posix.dirname(from), to)) : ''

const isOwn = ({ to }: Import) => /^(\.|\/|reconvene(\/|$))/.test(to)

/** @returns the imports that lead to a room outside `order`, or above the importing room. */
function upwards(order: readonly string[], all: readonly Import[]): string[] {
  return all
    .filter(isOwn)
    .filter((found) => {
      const target = order.indexOf(targetOf(found))
      return target < 0 || target > order.indexOf(roomOf(found.from))
    })
    .map(({ from, to }) => `${from} imports ${to}`)
}

/** The imports of more than types of the room `storage`, which bring its code into every page. */
const storageCode = (all: readonly Import[]) =>
  all.filter(
    (found) =>
      !found.isType &&
      found.from !== 'browser.ts' &&
      roomOf(found.from) !== 'storage' &&
      targetOf(found) === 'storage',
  )

describe('the rooms of the source', () => {
  it('are all in the order', () => {
    const unknown = files.filter((file) => !client.includes(roomOf(file)) && !server.includes(roomOf(file)))
    expect(unknown).toEqual([])
    expect(files.filter((file) => !/\.tsx?$/.test(file))).toEqual([])
  })

  it('have a folder of tests each', () => {
    const folders = [...client, ...server].filter((room) => existsSync(join(src, room)))
    expect(folders.filter((room) => !existsSync(join(src, '../test', room)))).toEqual([])
  })

  it('import only the rooms below them', () => {
    const inServer = imports.filter(({ from }) => roomOf(from) === 'server')
    const inClient = imports.filter(({ from }) => roomOf(from) !== 'server')
    expect([...upwards(client, inClient), ...upwards(server, inServer)]).toEqual([])
  })

  it('import a package of another world in one place only', () => {
    const misplaced = imports.filter(({ from, to }) => {
      const owner = owners[posix.normalize(to).split('/')[0] ?? '']
      return owner !== undefined && !owner.test(from)
    })
    expect(misplaced).toEqual([])
  })

  it('take types alone of storage, whose code comes with an import of the app', () => {
    expect(storageCode(imports)).toEqual([])
    const wrong = [
      "import {\n  type Owner,\n  serverKey,\n} from './storage/server-key.js'",
      "import './storage/server-key.js'",
      "const late = await import('./storage/server-key.js')",
    ]
    for (const text of wrong) expect(storageCode(importsIn('index.ts', text))).toHaveLength(1)
  })

  it.each([
    "import { send } from '../conversation/conversation.js'",
    "import type { Send } from '../conversation/conversation.js'",
    "export * from '../conversation/conversation.js'",
    "const send: import('../conversation/conversation.js').Send = () => {}",
    'const { send } = await import(`../conversation/conversation.js`)',
    "import type { Send } from 'reconvene'",
    "import type { Send } from 'reconvene/react'",
    "import { Send } from '/src/index.js'",
    "import { send } from '../../test/support/set-up.js'",
    "import { send } from '..'",
  ])('let this test fail if a file of delivery says %s', (text) => {
    expect(upwards(client, importsIn('delivery/outbox.ts', text))).toHaveLength(1)
  })

  it('let this test fail if the server imports the client', () => {
    const wrong = importsIn('server/index.ts', "import { Transport } from '../connection/transport.js'")
    expect(upwards(server, wrong)).toHaveLength(1)
  })
})
