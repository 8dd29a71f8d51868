import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
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
const roomOf = (file: string): string => (file.split('/')[0] ?? '').replace(/\.tsx?$/, '')

interface Import {
  readonly from: string
  readonly to: string
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => relative(src, join(src, name)).split('\\').join('/'))

const specifier = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g

const imports: readonly Import[] = files.flatMap((from) =>
  [...readFileSync(join(src, from), 'utf8').matchAll(specifier)].map(([, to = '']) => ({ from, to })),
)

/** @returns the imports that lead to a room outside `order`, or above the importing room. */
function upwards(order: readonly string[], all: readonly Import[]): string[] {
  return all
    .filter(({ to }) => to.startsWith('.'))
    .filter(({ from, to }) => {
      const target = order.indexOf(roomOf(posix.join(posix.dirname(from), to.replace(/\.js$/, '.ts'))))
      return target < 0 || target > order.indexOf(roomOf(from))
    })
    .map(({ from, to }) => `${from} imports ${to}`)
}

const statement = /^(import|export) (type )?[^']*? from '([^']+)'/gm

/** Who imports more than types of the room `storage`, and so brings its code into every page. */
const storageCode = (from: string, text: string): string[] =>
  [...text.matchAll(statement)]
    .filter(([, , isType, to = '']) => !isType && /(^|\/)storage\//.test(to))
    .map(([line]) => `${from}: ${line}`)

describe('the rooms of the source', () => {
  it('are all in the order', () => {
    const unknown = files.map(roomOf).filter((room) => !client.includes(room) && !server.includes(room))
    expect([...new Set(unknown)]).toEqual([])
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
    const others = files.filter((name) => roomOf(name) !== 'storage' && name !== 'browser.ts')
    expect(others.flatMap((name) => storageCode(name, readFileSync(join(src, name), 'utf8')))).toEqual([])
    const wrong = "import {\n  type Owner,\n  serverKey,\n} from './storage/server-key.js'"
    expect(storageCode('index.ts', wrong)).toHaveLength(1)
  })

  it('fail this test if an import leads upwards', () => {
    const wrong = { from: 'delivery/outbox.ts', to: '../conversation/conversation.js' }
    expect(upwards(client, [wrong])).toEqual(['delivery/outbox.ts imports ../conversation/conversation.js'])
    expect(upwards(server, [{ from: 'server/index.ts', to: '../connection/line.js' }])).toHaveLength(1)
  })
})
