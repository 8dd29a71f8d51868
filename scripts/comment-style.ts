/**
 * `npm run check:comments`: how many sentences of the comments in `src` and `examples` begin with what, who or whoever (or
 * whatever, whom or whose), and how many have nobody or somebody in them. Such a sentence hides who does what, so fewer than one in a hundred may.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commentsOf, sentencesOf, shareOf } from './comment-sentences.js'

/** As in codebases whose comments newcomers understand. */
const maxShare = 0.01

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', 'examples']

const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
)
const sentences = files.flatMap((file) =>
  commentsOf(readFileSync(join(root, file), 'utf8'))
    .flatMap(sentencesOf)
    .map((text) => ({ file, text })),
)
const lists = process.argv.includes('--list')
for (const { name, pattern } of [
  { name: 'begin with what, who or whoever', pattern: /^(what|whatever|who|whoever|whom|whose)\b/i },
  { name: 'have nobody or somebody', pattern: /\b(nobody|somebody)\b/i },
]) {
  const { share, found } = shareOf(sentences, pattern)
  console.log(`${(share * 100).toFixed(1)} % (${found.length} of ${sentences.length} sentences) ${name}`)
  if (share >= maxShare) process.exitCode = 1
  if (lists) for (const { file, text } of found) console.log(`  ${file}: ${text}`)
}
