import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test } from './support/chat-test.js'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The guide's own page. */
const recipe = /```html\n([\s\S]*?)```/.exec(readFileSync(at('docs/guide.md'), 'utf8'))?.[1] ?? ''

async function prebuilt(): Promise<string> {
  const built = await build({
    configFile: at('vite.browser.config.ts'),
    logLevel: 'error',
    build: { write: false },
  })
  const [file] = 'output' in built ? built.output : []
  if (file?.type !== 'chunk') throw new Error('unable to go on; the build gave no file')
  return file.code
}

test("the guide's page without a bundler chats", { timeout: 120_000 }, async ({ browser, serve }) => {
  const sdk = await prebuilt()
  const http = createServer((request, response) => {
    const isScript = request.url === '/reconvene.browser.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? sdk : page)
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const page = recipe.replace('http://localhost:3001', await serve({ origins: [origin] }))
  const context = await browser.newContext()
  try {
    const tab = await context.newPage()
    await tab.goto(origin)
    await tab.getByRole('textbox', { name: 'Message' }).fill('Hello')
    await tab.getByRole('button', { name: 'Send' }).click()
    await tab.getByText(textsEn.echo('Hello')).waitFor()
    expect(await tab.getByRole('listitem').count()).toBe(2)
  } finally {
    await context.close()
    http.closeAllConnections()
    await new Promise((done) => http.close(done))
  }
})
