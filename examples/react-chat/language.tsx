import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { type Language, stringsFor } from '../shared/language.js'
import type { Strings } from '../shared/strings-en.js'

interface LanguageContextValue {
  readonly language: Language
  readonly strings: Strings
  readonly setLanguage: (language: Language) => void
}

const LanguageContext = createContext<LanguageContextValue | undefined>(undefined)

export function LanguageProvider({ initial, children }: { initial: Language; children: ReactNode }) {
  const [language, setLanguage] = useState(initial)
  const value = useMemo(() => ({ language, strings: stringsFor(language), setLanguage }), [language])

  useEffect(() => {
    document.documentElement.lang = value.language
    document.title = value.strings.pageTitle
  }, [value])

  return <LanguageContext value={value}>{children}</LanguageContext>
}

export function useLanguage(): LanguageContextValue {
  const value = useContext(LanguageContext)
  if (!value) throw new Error('unable to choose words; no LanguageProvider above')
  return value
}
