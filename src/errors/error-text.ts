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

type Texts = Readonly<Record<string, string>>

// By lower-case tag or language. Own keys only, here and below: a locale or a code may be called `constructor`.
const locales: Readonly<Record<string, Texts>> = { en, zh: zhCN }

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

function textsFor(locale: unknown): Texts {
  const tag = typeof locale === 'string' ? locale.toLowerCase() : ''
  return own(locales, tag) ?? own(locales, tag.split(/[-_]/, 1)[0] ?? '') ?? en
}

/**
 * The text for a person: that of the code, else of the category, else "the operation failed". The catalog's texts come
 * before the locale's. Never empty.
 */
export function errorText(code: ErrorCode, category: ErrorCategory | undefined, language: Language): string {
  const texts = textsFor(language.locale)
  const text = (key: string) => own(language.catalog ?? {}, key) || own(texts, key)
  return text(code) ?? text(category ?? code) ?? text('failed') ?? en.failed
}
