import { en, type Strings } from './strings-en.js'
import { zhCN } from './strings-zh-cn.js'

export type Language = 'en' | 'zh-CN'

export const languages: readonly { language: Language; name: string }[] = [
  { language: 'zh-CN', name: '中文' },
  { language: 'en', name: 'English' },
]

export const stringsFor = (language: Language): Strings => (language === 'en' ? en : zhCN)

/** The first of the wished language tags that the pages speak; English if there is none. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const primary = wish?.toLowerCase().split('-')[0]
    if (primary === 'en') return 'en'
    if (primary === 'zh') return 'zh-CN'
  }
  return 'en'
}
