import { relative } from 'node:path'
import ts from 'typescript'
import type { Plugin } from 'vite'

declare global {
  /** Called by each traced function as it is entered, with the function's file. */
  var enterFile: (file: string) => void
}

/** Makes every function of the files below `folder` say that it is entered. */
export const traceFunctions = (folder: string): Plugin => ({
  name: 'trace-functions',
  enforce: 'pre',
  transform(code, id) {
    if (!id.startsWith(folder) || !/\.tsx?$/.test(id)) return null
    return traced(code, { id, file: relative(folder, id) })
  },
})

/** @returns the source with a call at the start of each function's body; lines stay where they are. */
export function traced(code: string, { id, file }: { readonly id: string; readonly file: string }): string {
  const call = `globalThis.enterFile(${JSON.stringify(file)});`
  const inserts: { readonly at: number; readonly text: string }[] = []
  const visit = (node: ts.Node) => {
    const body =
      ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.ConciseBody | undefined) : undefined
    if (body && ts.isBlock(body)) {
      inserts.push({ at: body.getStart() + 1, text: call })
    } else if (body) {
      inserts.push({ at: body.getStart(), text: `{ ${call} return (` }, { at: body.getEnd(), text: ') }' })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(id, code, ts.ScriptTarget.ESNext, true))
  // From the end, so that no insertion moves another one's place; of two at one place the inner function's comes first.
  return inserts
    .map((insert, order) => ({ ...insert, order }))
    .sort((a, b) => b.at - a.at || b.order - a.order)
    .reduce((text, insert) => text.slice(0, insert.at) + insert.text + text.slice(insert.at), code)
}
