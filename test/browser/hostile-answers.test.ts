import { describe, expect } from 'vitest'
import { type Open, test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { longestTask } from './support/longest-task.js'

const links = Array.from({ length: 50_000 }, (_, n) => `[${n}](https://example.org/${n})`)

const answers = [
  ['two thousand quotes within one another', '>'.repeat(2000)],
  ['60 kB of open emphasis', '_a'.repeat(30_000)],
  ['60 kB of open links', '['.repeat(60_000)],
  ['a megabyte of nested lists', Array.from({ length: 1400 }, (_, n) => `${' '.repeat(n)}- ${n}`).join('\n')],
  ['fifty thousand links in one line', links.join(' ')],
  ['fifty thousand links in one list', links.map((link) => `- ${link}`).join('\n')],
  ['a fence that never ends', `\`\`\`\n${'const word = 1\n'.repeat(60_000)}`],
] as const

declare global {
  interface Window {
    updateMarkdown(element: Element, markdown: string): void
  }
}

/** A page that has the demo's Markdown at hand. */
async function openPage(open: Open) {
  const { page } = await open(demoPages[1])
  // As a text: the test runner would rewrite an import.
  await page.evaluate(
    "import('/markdown.js').then((module) => { window.updateMarkdown = module.updateMarkdown })",
  )
  return page
}

describe('an answer that was made to harm the page', () => {
  test.for(answers)('leaves no task over 200 ms: %s', async ([_name, text], { open, browser }) => {
    const page = await openPage(open)
    const longest = await longestTask(browser, page, () =>
      page.evaluate(async (markdown) => {
        const element = document.createElement('div')
        element.className = 'markdown'
        document.querySelector('.transcript-content')?.append(element)
        window.updateMarkdown(element, markdown)
        for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame)
        window.updateMarkdown(element, '')
      }, text),
    )
    expect(longest).toBeLessThan(200)
  })

  test('streams a megabyte without a task over 200 ms', async ({ open, browser }) => {
    const page = await openPage(open)
    let length = 0
    const longest = await longestTask(browser, page, async () => {
      length = await page.evaluate(async () => {
        const element = document.createElement('div')
        element.className = 'markdown'
        document.querySelector('.transcript-content')?.append(element)
        const paragraph = `${'word '.repeat(100)}\n\n`
        let text = ''
        while (text.length < 1_000_000) {
          text += paragraph.repeat(16)
          window.updateMarkdown(element, text)
          await new Promise(requestAnimationFrame)
        }
        return element.textContent?.length ?? 0
      })
    })
    expect(length).toBeGreaterThan(900_000)
    expect(longest).toBeLessThan(200)
  })
})
