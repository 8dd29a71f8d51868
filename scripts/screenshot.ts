/**
 * `node --import tsx scripts/screenshot.ts`: makes docs/demo.png from the real page, started by the real demo runner:
 * an answer with a tool call, then a message whose first attempt failed and whose next one is counted down to.
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
  await send(page, 'Use a tool to check the weather in Lisbon')
  await page.getByRole('button', { name: 'Regenerate' }).waitFor()
  await page.getByRole('button', { name: 'Connection reset' }).click()
  await page.getByText('Fault prepared: Connection reset').waitFor()
  await send(page, 'And what should I pack?')
  await page.getByRole('button', { name: 'Retry now' }).waitFor()
  await page.screenshot({ path: picture })
  console.log(`made ${picture}`)
} finally {
  await browser.close()
  await demo.close()
}
