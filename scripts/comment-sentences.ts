import ts from 'typescript'

/** @returns the comments of a source, without their marks; line comments that follow one another are one comment. */
export function commentsOf(code: string): string[] {
  const comments: string[] = []
  const source = ts.createSourceFile('source.tsx', code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX)
  const seen = new Set<number>()
  // Between tags, slashes are text.
  const texts = jsxTextsOf(source)
  let end = -1
  const take = ({ pos, end: stop, kind }: ts.CommentRange) => {
    if (seen.has(pos) || texts.some((text) => text.pos <= pos && pos < text.end)) return
    seen.add(pos)
    const text = code.slice(pos, stop)
    const isLine = kind === ts.SyntaxKind.SingleLineCommentTrivia
    const words = isLine
      ? text.slice(2).trim()
      : text
          .slice(2, -2)
          .replaceAll(/^\s*\* ?/gm, '')
          .trim()
    const follows = isLine && end >= 0 && /^\s*$/.test(code.slice(end, pos))
    if (follows) comments.push(`${comments.pop()} ${words}`)
    else comments.push(words)
    end = isLine ? stop : -1
  }
  const visit = (node: ts.Node) => {
    for (const range of ts.getLeadingCommentRanges(code, node.getFullStart()) ?? []) take(range)
    for (const range of ts.getTrailingCommentRanges(code, node.getEnd()) ?? []) take(range)
    for (const child of node.getChildren(source)) visit(child)
  }
  visit(source)
  return comments
}

function jsxTextsOf(node: ts.Node): ts.JsxText[] {
  if (ts.isJsxText(node)) return [node]
  const texts: ts.JsxText[] = []
  ts.forEachChild(node, (child) => {
    texts.push(...jsxTextsOf(child))
  })
  return texts
}

/**
 * @returns the sentences of a comment, without the marks before their first word. A tag's text, such as that of `@returns`,
 * is a sentence of its own, and so is each item of a list.
 */
export const sentencesOf = (comment: string): string[] =>
  comment
    .replaceAll(/```[\s\S]*?```/g, '')
    .split(/(?<=[.!?]["')”’]?)\s+|\n\s*\n|\n\s*(?=@|- |\* )|(?<=\s)(?=@\w+ )/)
    .map((sentence) =>
      sentence
        .trim()
        .replace(/^@(param \S+|throws(?: [\w.]*(?:Error|Exception))?|\w+)\s*/, '')
        .replace(/^[-*("'“‘\s]+/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((sentence) => /[a-z]{2}/i.test(sentence))

/** Those that the pattern matches, and how large a share of all they are. */
export function shareOf<Sentence extends { readonly text: string }>(
  sentences: readonly Sentence[],
  pattern: RegExp,
): { readonly share: number; readonly found: readonly Sentence[] } {
  const found = sentences.filter(({ text }) => pattern.test(text))
  return { share: sentences.length === 0 ? 0 : found.length / sentences.length, found }
}
