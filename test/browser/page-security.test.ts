import { describe, expect } from 'vitest'
import { startDemo } from '../../examples/demo.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'

const policyOf = async (url: string) => (await fetch(url)).headers.get('content-security-policy') ?? ''

describe.each(demoPages)('the $name page', (page) => {
  test.concurrent('allows its own scripts and its own server, and no frame around it', async ({ open }) => {
    const chat = await open(page)
    const policy = await policyOf(chat.page.url())
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'; ")
    expect(policy).toContain("style-src 'self'; ")
    expect(policy).toContain("frame-ancestors 'none'")
    const { origin } = new URL(chat.whereabouts.serverUrl)
    expect(policy).toContain(`connect-src 'self' ${origin} ${origin.replace('http', 'ws')}; `)
  })

  test.concurrent('works under its policy', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Hello')
    await chat.wholeAnswer(0)
    // The browser reports a violation as an error, and a page that reports an error fails its test.
    expect(await chat.page.getByRole('article').count()).toBe(2)
  })
})

describe('the pages from their sources', () => {
  test('run under a policy with a nonce', { timeout: 120_000 }, async ({ browser }) => {
    const demo = await startDemo({ port: 0, onServerLog: () => {} })
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      const errors: string[] = []
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
      await page.goto(`${demo.reactUrl}?lang=en`)
      await page.getByText('Connected').first().waitFor()
      expect(await policyOf(demo.reactUrl)).toMatch(/script-src 'self' 'nonce-[\w+/=]+'; /)
      expect(errors).toEqual([])
    } finally {
      await context.close()
      await demo.close()
    }
  })
})
