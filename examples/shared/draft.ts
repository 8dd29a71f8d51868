const neverAdded = new Set(['queue_full', 'message_too_large'])

/** Whether a refused send left nothing on the screen, so that its text belongs back in the message box. */
export const isDraftLost = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && neverAdded.has(String(error.code))

/** The box's text once a refused draft comes back: what was typed since stays, below it. */
export const restoredDraft = (refused: string, typedSince: string) =>
  typedSince.trim() === '' ? refused : `${refused}\n${typedSince}`
