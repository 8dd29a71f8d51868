// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { renderMarkdown, updateMarkdown } from '../../examples/shared/markdown.js'

function html(markdown: string): string {
  const element = document.createElement('div')
  element.append(renderMarkdown(markdown))
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
    updateMarkdown(element, 'First.\n\nSec')
    const [first, , second] = element.childNodes
    updateMarkdown(element, 'First.\n\nSecond.\n\nThird.')
    expect(element.childNodes[0]).toBe(first)
    expect(element.childNodes[2]).not.toBe(second)
    expect(element.textContent).toBe('First.\nSecond.\nThird.\n')
  })

  it('is emptied when the answer starts again', () => {
    const element = document.createElement('div')
    updateMarkdown(element, '# Old\n\ntext')
    updateMarkdown(element, '')
    expect(element.childNodes).toHaveLength(0)
  })
})
