// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { updateMarkdown } from '../../examples/shared/markdown.js'

/** As if rendering took no time, so that nothing is put off. */
const atOnce = { now: () => 0, later: () => () => {} }

function html(markdown: string): string {
  const element = document.createElement('div')
  updateMarkdown(element, markdown, atOnce)
  return element.innerHTML.trim()
}

describe('Markdown in an answer', () => {
  it('shows headings, lists, emphasis and code', () => {
    expect(html('## Rivers\n\n- **Danube**\n- `Rhine`')).toBe(
      '<h2>Rivers</h2>\n<ul>\n<li><strong>Danube</strong></li>\n<li><code>Rhine</code></li>\n</ul>',
    )
  })

  it('lets code and tables scroll by keyboard', () => {
    expect(html('```\nlong\n```')).toBe('<pre tabindex="0"><code>long\n</code></pre>')
    expect(html('| a |\n| - |\n| 1 |')).toMatch(/^<div class="table-scroller" tabindex="0"><table>/)
  })

  it('shows a tag as text', () => {
    expect(html('<script>alert(1)</script>')).toBe('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html('a <b onclick="x()">b</b>')).toBe('<p>a &lt;b onclick="x()"&gt;b&lt;/b&gt;</p>')
  })

  it('loads no picture and shows its description', () => {
    expect(html('![a cat](https://tracker.example/cat.png)')).toBe('<p>a cat</p>')
  })

  it('opens links apart, without a way back to this page', () => {
    expect(html('[docs](https://example.org/a)')).toBe(
      '<p><a href="https://example.org/a" target="_blank" rel="noopener noreferrer">docs</a></p>',
    )
  })

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,hi)',
    '[x](vbscript:x)',
    '[x](&#106;avascript:alert(1))',
  ])('makes no link of %s', (markdown) => {
    expect(html(markdown)).not.toContain('href')
  })
})

describe('Markdown that streams', () => {
  it('keeps the blocks above the one that grows, so that a selection in them survives', () => {
    const element = document.createElement('div')
    updateMarkdown(element, 'First.\n\nSec', atOnce)
    const [first, , second] = element.childNodes
    updateMarkdown(element, 'First.\n\nSecond.\n\nThird.', atOnce)
    expect(element.childNodes[0]).toBe(first)
    expect([...element.childNodes]).not.toContain(second)
    expect(element.textContent?.trim()).toMatch(/^First\.\s+Second\.\s+Third\.$/)
  })

  it('is emptied when the answer starts again', () => {
    const element = document.createElement('div')
    updateMarkdown(element, '# Old\n\ntext', atOnce)
    updateMarkdown(element, '', atOnce)
    expect(element.childNodes).toHaveLength(0)
  })
})

describe('a long answer', () => {
  /** A clock on which each look costs 10 ms, and a queue of the work put off. */
  function setUp() {
    let time = 0
    const queue: (() => void)[] = []
    const pace = {
      now: () => {
        time += 10
        return time
      },
      later: (work: () => void) => {
        queue.push(work)
        return () => void queue.splice(queue.indexOf(work), 1)
      },
    }
    return { element: document.createElement('div'), queue, pace }
  }
  const paragraphs = (count: number) => Array.from({ length: count }, (_, n) => `word ${n}`).join('\n\n')

  it('is shown piece by piece, so that the page answers to its reader in between', () => {
    const { element, queue, pace } = setUp()
    updateMarkdown(element, paragraphs(10), pace)
    expect(element.children).toHaveLength(3)
    while (queue.length > 0) queue.shift()?.()
    expect(element.children).toHaveLength(10)
    expect(element.lastElementChild?.textContent).toBe('word 9')
  })

  it('that has gone on meanwhile is finished once', () => {
    const { element, queue, pace } = setUp()
    updateMarkdown(element, paragraphs(5), pace)
    updateMarkdown(element, paragraphs(6), pace)
    expect(queue).toHaveLength(1)
    while (queue.length > 0) queue.shift()?.()
    expect([...element.children].map(({ textContent }) => textContent)).toEqual(
      Array.from({ length: 6 }, (_, n) => `word ${n}`),
    )
  })

  it('that is emptied leaves no work behind', () => {
    const { element, queue, pace } = setUp()
    updateMarkdown(element, paragraphs(10), pace)
    updateMarkdown(element, '', pace)
    expect(queue).toEqual([])
    expect(element.childNodes).toHaveLength(0)
  })

  it('is code in pieces that the browser lays out one by one', () => {
    const { element, pace } = setUp()
    const code = 'line\n'.repeat(10_000)
    updateMarkdown(element, `\`\`\`\n${code}`, pace)
    expect(element.querySelectorAll('pre')).toHaveLength(1)
    expect(element.querySelectorAll('code').length).toBeGreaterThan(1)
    expect(element.textContent).toBe(code)
  })
})

describe('a character that reorders text', () => {
  it('is shown as a mark, so that an answer cannot turn the text after it around', () => {
    expect(html('invoice\u202Efdp.exe')).toBe('<p>invoice⟨U+202E⟩fdp.exe</p>')
    expect(html('`\u202Efdp`')).toBe('<p><code>⟨U+202E⟩fdp</code></p>')
  })
})
