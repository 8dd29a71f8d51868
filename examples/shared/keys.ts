interface KeyPress {
  readonly key: string
  readonly shiftKey: boolean
  readonly isComposing: boolean
  readonly keyCode: number
}

/**
 * Whether a key press in the message box sends. While an input method composes, Enter chooses a candidate; Safari ends
 * the composition before that key press arrives and marks it only with key code 229.
 */
export const isSendKey = (press: KeyPress) =>
  press.key === 'Enter' && !press.shiftKey && !press.isComposing && press.keyCode !== 229
