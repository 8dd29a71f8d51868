import type { ErrorCategory, ErrorCode } from './error-policy.js'
import { en } from './locales/en.js'
import { zhCN } from './locales/zh-CN.js'

/** Texts by code or category, put in the place of the built-in ones. */
export type Catalog = Readonly<Record<string, string | undefined>>

export interface Language {
  /** A BCP 47 tag, such as `zh-CN`. A tag without texts falls back to its language, then to English. @default 'en' */
  locale?: string | undefined
  /** Single texts replaced, by code or category. @default none */
  catalog?: Catalog | undefined
}

type Texts = Record<keyof typeof en, string>

// By language.
const locales: Readonly<Record<string, Texts>> = { en, zh: zhCN }

// Own keys only: a locale or a code may be called `constructor`.
const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/**
 * The text for a person: that of the code, else of the category, else "the operation failed". The catalog's texts come
 * before the locale's. Never empty.
 */
export function errorText(code: ErrorCode, category: ErrorCategory | undefined, language: Language): string {
  const { locale, catalog = {} } = language
  const [tag = ''] = `${locale}`.toLowerCase().split(/[-_]/, 1)
  const texts = own(locales, tag) ?? en
  const text = (key: string) => own(catalog, key) || own<string>(texts, key)
  return text(code) ?? text(category ?? 'failed') ?? texts.failed
}
