import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { MockServerProcess } from '../../examples/mock-server-process.js'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))
const patience = 180_000

let url = ''
const server = new MockServerProcess({
  args: ['--pace-ms', '30', '--log-level', 'silent'],
  onStart: (started) => {
    url = started.url
  },
  onFailure: (error) => {
    throw error
  },
})

beforeAll(async () => {
  if (!isBuilt()) await run('npm', ['run', 'build'], { cwd: repository })
  await server.start()
}, patience)

afterAll(() => server.close())

/** Whether there is a build, and nothing in the sources is newer. */
function isBuilt(): boolean {
  // The declarations are written last, so a build that was broken off is none.
  const last = join(repository, 'dist/server/index.d.ts')
  if (!existsSync(last)) return false
  const sources = readdirSync(join(repository, 'src'), { recursive: true, withFileTypes: true })
  const changed = sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs)
  return Math.max(...changed) <= statSync(last).mtimeMs
}

it('lets twenty lines of plain JavaScript print an answer as it grows, and end by themselves', async () => {
  const child = spawn(process.execPath, ['scripts/smoke.mjs', url], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  expect(chunks.join('')).toBe(`${textsEn.echo('Hello')}\n`)
  expect(chunks.length).toBeGreaterThan(2)
  expect(status).toBe(0)
})

/** The packages that a built file imports, itself or through the built files that it imports. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const imports = ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName)
  return imports.flatMap((name) => (name.startsWith('.') ? packagesOf(join(file, '..', name), seen) : [name]))
}

it('reconvene/recovery and reconvene/errors are built without socket.io-client or any other package', () => {
  const dist = join(repository, 'dist')
  expect(packagesOf(join(dist, 'recovery/index.js'))).toEqual([])
  expect(packagesOf(join(dist, 'errors/index.js'))).toEqual([])
  expect(packagesOf(join(dist, 'index.js'))).toContain('socket.io-client')
})

describe('the programs of the README and the guide', () => {
  /** What the guide's fragments take for granted. */
  const imports = `import { ChatClient } from 'reconvene'
import { useChatActions, useConnection, useConversation, useMessage } from 'reconvene/react'
`
  const surroundings = `declare const url: string
declare const id: string
declare const user: { readonly id: string }
declare const session: {
  readonly userId: string
  token(): string | undefined
  refresh(options: { signal: AbortSignal }): Promise<string>
}
interface ImportMeta {
  readonly hot?: { dispose(callback: () => void): void }
}
`

  /** Every program of a page, as a file of its own. */
  function programsOf(page: string, name: string) {
    const blocks = readFileSync(join(repository, page), 'utf8').matchAll(/^```(tsx?)\n(.*?)^```$/gms)
    return [...blocks].map(([, language, code = ''], index) => ({
      file: `${name}-${index + 1}.${language}`,
      code: code.includes('import ') ? code : `${imports}${code}`,
    }))
  }
  const programs = [...programsOf('README.md', 'readme'), ...programsOf('docs/guide.md', 'guide')]

  // As an app has it: outside of this repository, with the package among its dependencies.
  let app = ''
  beforeAll(() => {
    app = mkdtempSync(join(tmpdir(), 'reconvene-app-'))
    mkdirSync(join(app, 'node_modules/@types'), { recursive: true })
    symlinkSync(repository, join(app, 'node_modules/reconvene'))
    for (const name of ['react', '@types/react', 'socket.io', 'svelte', 'vue'])
      symlinkSync(join(repository, 'node_modules', name), join(app, 'node_modules', name))
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(app, 'surroundings.d.ts'), surroundings)
    for (const { file, code } of programs) writeFileSync(join(app, file), code)
  })
  afterAll(() => rmSync(app, { recursive: true, force: true }))

  // The types of Vue and Svelte want a newer TypeScript than ours do.
  it.each([
    { moduleResolution: 'bundler', compiler: '6', include: ['*.ts', '*.tsx'] },
    { moduleResolution: 'nodenext', compiler: '6', include: ['*.ts', '*.tsx'] },
    { moduleResolution: 'bundler', compiler: '5', include: ['*.d.ts', 'readme-*'] },
    { moduleResolution: 'nodenext', compiler: '5', include: ['*.d.ts', 'readme-*'] },
  ])(
    'compile in a strict app that resolves as $moduleResolution does, with TypeScript $compiler',
    async ({ moduleResolution, compiler, include }) => {
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.iterable'],
        module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
        moduleResolution,
        jsx: 'react-jsx',
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noEmit: true,
        types: [],
        // TypeScript's own declarations are not ours to check; those of the packages are, as far as these programs use them.
        skipDefaultLibCheck: true,
      }
      const project = join(app, `tsconfig.${compiler}.${moduleResolution}.json`)
      writeFileSync(project, JSON.stringify({ compilerOptions, include }))
      const oldest = compiler === '5' ? 'test/typescript-5' : ''
      const program = join(repository, oldest, 'node_modules/typescript/bin/tsc')
      const { stdout } = await run(process.execPath, [program, '-p', project]).catch((failed) => failed)
      expect(stdout).toBe('')
      expect(programs.length).toBeGreaterThan(6)
    },
    patience,
  )

  /** Runs a program that ends by itself. @returns what it prints */
  async function runProgram(file: string, written: string): Promise<string[]> {
    const { outputText } = ts.transpileModule(written, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    writeFileSync(join(app, file), outputText)
    const { stdout } = await run(process.execPath, [file], { cwd: app })
    return stdout.trimEnd().split('\n')
  }

  /** Runs the README's program for a page. @returns what it prints */
  async function runPage(serverUrl: string): Promise<string[]> {
    const written = programs[0]?.code ?? ''
    expect(written).toContain('http://localhost:3001')
    return runProgram('vanilla.mjs', written.replace('http://localhost:3001', serverUrl))
  }

  it("tell by reconvene/errors what a library's error means, and mask what a name beside it makes secret", async () => {
    const written = programs.find(({ code }) => code.includes("'reconvene/errors'"))?.code ?? ''
    expect(await runProgram('errors.mjs', written)).toEqual([
      "forbidden You have no access to this. If you need it, contact support. { rawHeaders: [ 'x-api-key', '[redacted]' ] }",
    ])
  })

  it('begin with a page that prints the answer and ends by itself', async () => {
    const lines = await runPage(url)
    expect(lines).toContain(textsEn.echo('Hello'))
    expect(lines).toContain('connected ')
  })

  it('have a server that answers this page', async () => {
    const [, written = ''] =
      /^```js\n(.*?)^```$/ms.exec(readFileSync(join(repository, 'README.md'), 'utf8')) ?? []
    expect(written).toContain('new Server(3001,')
    const program = `${written.replace('new Server(3001,', 'new Server(0,')}
console.log(io.httpServer.address().port)`
    writeFileSync(join(app, 'server.mjs'), program)
    const child = spawn(process.execPath, ['server.mjs'], { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [port] = await once(child.stdout, 'data')
      const lines = await runPage(`http://localhost:${String(port).trim()}`)
      expect(lines).toContain('Hello! You have written 1 messages.')
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})
