import { describe, expect, it } from 'vitest'
import { markdownBlocks } from '../../examples/shared/markdown-blocks.js'

const blocks = (text: string) => [...markdownBlocks(text)].map(({ kind, text: piece }) => [kind, piece])

describe('the blocks of an answer', () => {
  it('end at blank lines', () => {
    expect(blocks('one\n\ntwo\nthree\n')).toEqual([
      ['markdown', 'one\n'],
      ['markdown', 'two\nthree\n'],
    ])
  })

  it('keep a list with blank lines, and its indented lines, together', () => {
    const list = '- one\n\n  more\n\n- two\n'
    expect(blocks(`${list}\nend`)).toEqual([
      ['markdown', list],
      ['markdown', 'end'],
    ])
  })

  it('give the code of a fence without its marks, closed or not', () => {
    expect(blocks('```js\na\n\nb\n```\nend')).toEqual([
      ['code', 'a\n\nb\n'],
      ['markdown', 'end'],
    ])
    expect(blocks('text\n~~~\n```\na')).toEqual([
      ['markdown', 'text\n'],
      ['code', '```\na'],
    ])
  })

  it('are found again from the start of any of them', () => {
    const text = 'a\n\n```\nb\n```\n\n- c\n\n- d\n\ne'
    const all = [...markdownBlocks(text)]
    all.forEach(({ start }, index) => {
      expect([...markdownBlocks(text, start)]).toEqual(all.slice(index))
    })
  })

  it('lose no word of a line without an end', () => {
    const text = 'word '.repeat(10_000)
    expect([...markdownBlocks(text)].map(({ text: piece }) => piece).join('')).toBe(text)
  })

  it('are plain if they are nested more than a hundred deep', () => {
    expect(blocks('>'.repeat(100))[0]?.[0]).toBe('markdown')
    expect(blocks('>'.repeat(101))[0]?.[0]).toBe('plain')
    expect(blocks('- '.repeat(101))[0]?.[0]).toBe('plain')
    expect(blocks(`- a\n${' '.repeat(203)}- b`)[0]?.[0]).toBe('plain')
  })

  it.each([
    ['quotes', '>'.repeat(2000)],
    ['open emphasis', '_a'.repeat(30_000)],
    ['open links', '['.repeat(60_000)],
    [
      'links in one line',
      Array.from({ length: 50_000 }, (_, n) => `[${n}](https://example.org/${n})`).join(' '),
    ],
    [
      'links on lines',
      Array.from({ length: 50_000 }, (_, n) => `[${n}](https://example.org/${n})`).join('\n'),
    ],
    ['nested lists', Array.from({ length: 1000 }, (_, n) => `${' '.repeat(2 * n)}- ${n}`).join('\n')],
    ['table columns', `|${'a|'.repeat(5000)}\n|${'-|'.repeat(5000)}`],
    ['words', 'word '.repeat(200_000)],
  ])('are bounded, each in length, depth and marks, so that none holds the page: %s', (_name, text) => {
    for (const { kind, text: piece } of markdownBlocks(text)) {
      expect(piece.length).toBeLessThanOrEqual(8000)
      if (kind === 'markdown') expect(piece.match(/[*_`[\]<>|]/g)?.length ?? 0).toBeLessThanOrEqual(600)
    }
  })
})
