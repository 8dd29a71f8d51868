import type { ErrorCategory, ErrorCode } from './error-policy.js'
import { en } from './locales/en.js'
import { zhCN } from './locales/zh-CN.js'
import { readString } from './read.js'

/** Texts by code or category, put in the place of the built-in ones. */
export type Catalog = Readonly<Partial<Record<string, string>>>

export interface Language {
  /** A BCP 47 tag, such as `zh-CN`. A tag without texts falls back to its language, then to English. @default 'en' */
  locale?: string | undefined
  /** Single texts replaced, by code or category. @default none */
  catalog?: Catalog | undefined
}

const locales: Record<string, Record<string, string>> = { en, 'zh-CN': zhCN }

/** The tag of the built-in texts that serve a locale best: the same tag, then the same language, else `en`. */
export function resolveLocale(locale: unknown): string {
  if (typeof locale !== 'string') return 'en'
  const wanted = locale.toLowerCase().replaceAll('_', '-')
  const language = wanted.split('-')[0]
  const tags = Object.keys(locales)
  return (
    tags.find((tag) => tag.toLowerCase() === wanted) ??
    tags.find((tag) => tag.split('-')[0] === language) ??
    'en'
  )
}

/** The text for a person: that of the code, else of the category, else "the operation failed". Never empty. */
export function errorText(code: ErrorCode, category?: ErrorCategory, language: Language = {}): string {
  const texts = locales[resolveLocale(language.locale)] ?? en
  for (const key of [code, category ?? code, 'failed']) {
    // Own keys only: a server may send `constructor` for a code.
    for (const source of [language.catalog ?? {}, texts]) {
      const text = Object.hasOwn(source, key) && readString(source, key)
      if (text) return text
    }
  }
  return en.failed
}
