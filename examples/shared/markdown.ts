import DOMPurify from 'dompurify'
import { Marked } from 'marked'
import { type MarkdownBlock, markdownBlocks } from './markdown-blocks.js'
import { visibleText } from './visible-text.js'

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
function renderMarkdown(markdown: string): Node[] {
  const parsed = marked.parse(visibleText(markdown), { async: false })
  const fragment = DOMPurify.sanitize(parsed, allowed)
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
  // A box that scrolls sideways has to be reachable without a mouse.
  for (const wide of fragment.querySelectorAll<HTMLElement>('pre, .table-scroller')) wide.tabIndex = 0
  return [...fragment.childNodes]
}

// Characters of code in one element. The browser lays out those in sight alone, so a long listing costs what is seen.
const codePiece = 16_000

function renderCode(code: string): Node[] {
  const pre = document.createElement('pre')
  pre.tabIndex = 0
  for (let start = 0, end = 0; start < code.length || start === 0; start = end) {
    const line = code.lastIndexOf('\n', start + codePiece)
    end = code.length - start <= codePiece ? code.length : line > start ? line + 1 : start + codePiece
    const piece = document.createElement('code')
    piece.textContent = visibleText(code.slice(start, end))
    pre.append(piece)
    if (code === '') break
  }
  return [pre]
}

function renderPlain(text: string): Node[] {
  const paragraph = document.createElement('p')
  paragraph.className = 'plain-text'
  paragraph.textContent = visibleText(text)
  return [paragraph]
}

function render({ kind, text }: MarkdownBlock): Node[] {
  try {
    if (kind === 'code') return renderCode(text)
    if (kind === 'markdown') return renderMarkdown(text)
  } catch (error) {
    // The reader still gets the answer, and the parser's fault reaches the page's own error handling.
    reportError(error)
  }
  return renderPlain(text)
}

/** A block and the nodes that show it. */
interface ShownBlock extends Pick<MarkdownBlock, 'kind' | 'start' | 'text'> {
  readonly nodes: readonly Node[]
}

// Milliseconds of rendering at a stretch; a long answer then lets the page answer to its reader.
const maxStretch = 30

/** How rendering is spread over time. */
export interface Pace {
  /** Milliseconds of a clock that is never set. */
  readonly now: () => number
  /** Runs `work` a little later. @returns the undo. */
  readonly later: (work: () => void) => () => void
}

const browserPace: Pace = {
  now: () => performance.now(),
  later(work) {
    const timer = setTimeout(work)
    return () => clearTimeout(timer)
  },
}

/** One answer on the page. */
class MarkdownView {
  readonly #element: Element
  readonly #blocks: ShownBlock[] = []
  #text = ''
  #wasConnected = false
  #cancel: (() => void) | undefined
  readonly #pace: Pace

  constructor(element: Element, pace: Pace) {
    this.#element = element
    this.#pace = pace
  }

  /** Keeps the leading blocks that did not change; only the others are parsed, and their nodes made anew. */
  update(text: string): void {
    this.#cancel?.()
    // The last two: the end of the text may have cut a list before its next item.
    const kept = text.startsWith(this.#text) ? Math.max(0, this.#blocks.length - 2) : 0
    this.#text = text
    this.#wasConnected = this.#element.isConnected
    this.#show(kept, this.#blocks[kept]?.start ?? 0)
  }

  #show(place: number, from: number): void {
    const { now, later } = this.#pace
    const until = now() + maxStretch
    let index = place
    for (const block of markdownBlocks(this.#text, from)) {
      if (now() > until) {
        this.#cancel = later(() => this.#goOn(index, block.start))
        return
      }
      const shown = this.#blocks[index]
      if (shown?.kind !== block.kind || shown.text !== block.text) this.#replaceFrom(index, block)
      index++
    }
    this.#removeFrom(index)
  }

  #goOn(place: number, from: number): void {
    if (this.#element.isConnected || !this.#wasConnected) this.#show(place, from)
  }

  #replaceFrom(index: number, block: MarkdownBlock): void {
    this.#removeFrom(index)
    const nodes = render(block)
    this.#element.append(...nodes)
    this.#blocks.push({ kind: block.kind, start: block.start, text: block.text, nodes })
  }

  #removeFrom(index: number): void {
    for (const { nodes } of this.#blocks.splice(index))
      for (const node of nodes) node.parentNode?.removeChild(node)
  }
}

const views = new WeakMap<Element, MarkdownView>()

/**
 * Shows `markdown` in `element`. While an answer streams only its last blocks are parsed and replaced, so a selection or a
 * focused link above them survives. A long answer is shown piece by piece, so that the page goes on answering.
 */
export function updateMarkdown(element: Element, markdown: string, pace: Pace = browserPace): void {
  const view = views.get(element) ?? new MarkdownView(element, pace)
  views.set(element, view)
  view.update(markdown)
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
