/** A piece of an answer that is rendered by itself, so that a new word costs the last piece alone. */
export type MarkdownBlock =
  | {
      readonly kind: 'markdown' | 'plain'
      readonly start: number
      readonly end: number
      readonly text: string
    }
  | { readonly kind: 'code'; readonly start: number; readonly end: number; readonly text: string }

// Bounds of one block. A hostile answer of one huge or deeply nested block would hold the page for seconds.
const maxLength = 8_000
const maxDepth = 100
const maxSpecial = 600

/**
 * Splits an answer at blank lines and code fences, in one pass. A fence ends at its own mark, a list goes on over blank
 * lines, and a block that is too long, too deep or too full of marks is `plain`: its text is shown as it is.
 *
 * @param from where to begin: 0, or the start of a block of an earlier call on a text that this one begins with.
 */
export function* markdownBlocks(text: string, from = 0): Generator<MarkdownBlock> {
  let position = from
  for (;;) {
    position = skipBlank(text, position)
    if (position >= text.length) return
    const block = fencedBlock(text, position) ?? openBlock(text, position)
    yield block
    position = block.end
  }
}

const blank = /[ \t]*(?:\r?\n|$)/y
const fence = /[ ]{0,3}(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})[^\n]*/y
const listItem = /[ ]{0,3}(?:[-*+]|\d{1,9}[.)])[ \t]/y
const indented = /[ ]{2,}\S|\t/y

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position
  return pattern.exec(text)
}

const endOfLine = (text: string, position: number): number => {
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end + 1
}

function skipBlank(text: string, from: number): number {
  let position = from
  while (position < text.length) {
    const line = matchAt(blank, text, position)
    if (!line) return position
    position += line[0].length
  }
  return position
}

function fencedBlock(text: string, start: number): MarkdownBlock | null {
  const opening = matchAt(fence, text, start)
  const mark = opening?.[1]
  if (!mark) return null
  const first = endOfLine(text, start)
  for (let position = first; position < text.length; position = endOfLine(text, position)) {
    const line = text.slice(position, Math.min(endOfLine(text, position), position + 200)).trim()
    const closes = line.length >= mark.length && line === (mark[0] ?? '').repeat(line.length)
    if (closes)
      return { kind: 'code', start, end: endOfLine(text, position), text: text.slice(first, position) }
  }
  return { kind: 'code', start, end: text.length, text: text.slice(first) }
}

function openBlock(text: string, start: number): MarkdownBlock {
  const isList = matchAt(listItem, text, start) !== null
  let end = start
  for (let line = start; line < text.length; line = end) {
    const next = endOfLine(text, line)
    if (next - start > maxLength) return end > start ? markdown(text, start, end) : longLine(text, start)
    if (line > start && matchAt(fence, text, line) !== null) break
    if (matchAt(blank, text, line) !== null) {
      const after = skipBlank(text, line)
      const goesOn =
        isList &&
        after < text.length &&
        after - start <= maxLength &&
        (matchAt(listItem, text, after) ?? matchAt(indented, text, after)) !== null
      if (!goesOn) break
      end = after
    } else end = next
  }
  return markdown(text, start, end)
}

/** A line without an end, cut at a space if it has one. */
function longLine(text: string, start: number): MarkdownBlock {
  const space = text.lastIndexOf(' ', start + maxLength)
  const end = space > start ? space + 1 : start + maxLength
  return { kind: 'plain', start, end, text: text.slice(start, end) }
}

function markdown(text: string, start: number, end: number): MarkdownBlock {
  const piece = text.slice(start, end)
  return { kind: isTame(piece) ? 'markdown' : 'plain', start, end, text: piece }
}

const special = /[*_`~[\]<>!|\\]/g
const container = /[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y

function isTame(block: string): boolean {
  if ((block.match(special)?.length ?? 0) > maxSpecial) return false
  return block.split('\n').every((line) => depthOf(line) <= maxDepth)
}

/** How many quotes and lists a line opens or goes on with; an indent of two columns counts as one. */
function depthOf(line: string): number {
  let depth = line.search(/\S|$/) / 2
  container.lastIndex = 0
  while (container.test(line)) {
    depth++
    if (depth > maxDepth) break
  }
  return depth
}
