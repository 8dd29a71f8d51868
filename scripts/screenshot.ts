/**
 * `node --import tsx scripts/screenshot.ts`: makes docs/demo.png from the real page, started by the real demo runner:
 * an answer with a tool call, then a message whose first attempt was refused and whose next one is counted down to.
 */

import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startDemo } from '../examples/demo.js'
import { launchChromium } from '../test/support/chromium.js'

const picture = fileURLToPath(new URL('../docs/demo.png', import.meta.url))

async function send(page: Page, text: string) {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

const demo = await startDemo({ port: 0 })
const browser = await launchChromium()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1.5 })
  await page.goto(`${demo.reactUrl}?lang=en&conversation=picture`)
  await send(page, 'Search the documents: how does a reader resume?')
  await page.getByRole('button', { name: 'Regenerate' }).waitFor()
  await page.getByRole('button', { name: 'Rate limit' }).click()
  await page.getByText('Fault prepared: Rate limit').waitFor()
  await send(page, 'And what if the server dies?')
  await page.getByRole('button', { name: 'Retry now' }).waitFor()
  await page.screenshot({ path: picture })
  console.log('made docs/demo.png')
} finally {
  await browser.close()
  await demo.close()
}
