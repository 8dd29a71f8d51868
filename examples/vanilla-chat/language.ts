import { type Language, stringsFor } from '../shared/language.js'
import type { Strings } from '../shared/strings-en.js'

/** The page's language. Everything that shows words asks here and draws again when it changes. */
export class LanguageChoice {
  readonly #listeners = new Set<() => void>()
  #language: Language

  constructor(initial: Language) {
    this.#language = initial
    this.#mark()
  }

  get language(): Language {
    return this.#language
  }

  get strings(): Strings {
    return stringsFor(this.#language)
  }

  choose(language: Language) {
    if (language === this.#language) return
    this.#language = language
    this.#mark()
    for (const listener of this.#listeners) listener()
  }

  subscribe(listener: () => void) {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #mark() {
    document.documentElement.lang = this.#language
    document.title = this.strings.pageTitle
  }
}
