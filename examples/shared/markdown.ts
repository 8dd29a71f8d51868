import DOMPurify from 'dompurify'
import { Marked } from 'marked'

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // An answer's text is a stranger's: tags in it are shown, never obeyed.
    html: ({ text }) => escapeHtml(text),
    // Loading a picture tells its host who reads this conversation, so only its description is shown.
    image: ({ text, href }) => escapeHtml(text || href),
  },
})

const allowed = {
  ALLOWED_TAGS: [
    ...[
      'p',
      'br',
      'hr',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'strong',
      'em',
      'del',
      'code',
      'pre',
      'blockquote',
    ],
    ...['ul', 'ol', 'li', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'start', 'align'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_DOM_FRAGMENT: true as const,
}

/** Markdown as safe elements: no raw HTML, no pictures, links only to the web and to mail, opened apart. */
export function renderMarkdown(markdown: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(marked.parse(markdown, { async: false }), allowed)
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer'
  }
  for (const table of fragment.querySelectorAll('table')) {
    const scroller = document.createElement('div')
    scroller.className = 'table-scroller'
    table.replaceWith(scroller)
    scroller.append(table)
  }
  // What scrolls sideways has to be reachable without a mouse.
  for (const wide of fragment.querySelectorAll<HTMLElement>('pre, .table-scroller')) wide.tabIndex = 0
  return fragment
}

/**
 * Shows `markdown` in `element`, leaving the leading blocks that did not change where they are: while an answer
 * streams only its last block is replaced, so a selection or a focused link above it survives.
 */
export function updateMarkdown(element: Element, markdown: string): void {
  const next = [...renderMarkdown(markdown).childNodes]
  const current = [...element.childNodes]
  let same = 0
  while (same < current.length && same < next.length && next[same]?.isEqualNode(current[same] ?? null)) same++
  for (const node of current.slice(same)) node.remove()
  element.append(...next.slice(same))
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
