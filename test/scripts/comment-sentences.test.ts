import { expect, it } from 'vitest'
import { commentsOf, sentencesOf, shareOf } from '../../scripts/comment-sentences.js'

it('finds every comment, and takes line comments that follow one another as one', () => {
  const code = `
// One sentence
// over two lines.
const a = 'http://no.comment' // At the end.
/** A doc comment.
 * @returns a number */
function f() {
  // Inside.
}
const g = <p>// no comment</p>
`
  expect(commentsOf(code)).toEqual([
    'One sentence over two lines.',
    'At the end.',
    'A doc comment.\n@returns a number',
    'Inside.',
  ])
})

it('splits a comment into sentences, and takes each tag for one', () => {
  expect(sentencesOf('Waits. Then goes on!\n\n@param ms how long\n@returns the undo. Nothing else.')).toEqual(
    ['Waits.', 'Then goes on!', 'how long', 'the undo.', 'Nothing else.'],
  )
  expect(sentencesOf('---')).toEqual([])
})

it.each([
  ['(What comes is taken.)', 'What comes is taken.)'],
  ['- What comes', 'What comes'],
  ['Two things:\n- Who sends', 'Who sends'],
  ['“What comes” is taken.', 'What comes” is taken.'],
  ['(In brackets.) Who sends?', 'Who sends?'],
  ['@deprecated What comes', 'What comes'],
  ['@throws NodeJS.ErrnoException what comes', 'what comes'],
  ['Resolves. @throws what comes', 'what comes'],
])('finds how the last sentence of %j begins', (comment, last) => {
  expect(sentencesOf(comment).at(-1)).toBe(last)
})

it('says how large a share of the sentences a pattern matches', () => {
  const sentences = ['What it is.', 'A rule.', 'whatever comes', 'Who sends.'].map((text) => ({ text }))
  expect(shareOf(sentences, /^(what|who)\b/i)).toEqual({
    share: 0.5,
    found: [{ text: 'What it is.' }, { text: 'Who sends.' }],
  })
  expect(shareOf([], /a/).share).toBe(0)
})
