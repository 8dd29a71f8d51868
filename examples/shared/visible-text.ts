// Bidirectional overrides and embeddings (Unicode Standard Annex 9): they reorder the text after them, so that a link or a
// file name reads as another one.
const reordering = /[\u202A-\u202E]/g

/** A stranger's text with a visible mark in the place of each character that would reorder it. */
export const visibleText = (text: string): string =>
  text.replace(
    reordering,
    (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
