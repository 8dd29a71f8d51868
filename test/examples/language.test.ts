import { describe, expect, it } from 'vitest'
import { chooseLanguage, languages, stringsFor } from '../../examples/shared/language.js'

/** Every text of a table with the path that leads to it. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, String(value(2, 3))]]
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`))
}

describe('the language of the page', () => {
  it.each([
    [['zh', 'en-US'], 'zh-CN'],
    [[null, 'zh-Hant-TW', 'en'], 'zh-CN'],
    [[undefined, 'EN-gb', 'zh'], 'en'],
    [['fr', 'de', 'zh-CN'], 'zh-CN'],
    [['fr', ''], 'en'],
    [[], 'en'],
  ])('is for the wishes %j %s', (wishes, expected) => {
    expect(chooseLanguage(wishes)).toBe(expected)
  })

  it.each(languages)('has words for everything in $name', ({ language }) => {
    const mayBeEmpty = new Set(['.status.complete', '.announce.ready', '.announce.error'])
    const empty = texts(stringsFor(language)).filter(([path, text]) => text === '' && !mayBeEmpty.has(path))
    expect(empty).toEqual([])
  })

  it('leaves no English text in the Chinese table', () => {
    const english = new Map(texts(stringsFor('en')))
    const same = texts(stringsFor('zh-CN')).filter(
      ([path, text]) => text !== '' && english.get(path) === text,
    )
    expect(same).toEqual([])
  })
})
