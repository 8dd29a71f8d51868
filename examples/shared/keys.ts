interface KeyPress {
  readonly key: string
  readonly shiftKey: boolean
  readonly isComposing: boolean
  readonly keyCode: number
}

/** Whether a key press in a box sends what it says. */
export const isSendKey = (press: KeyPress) => press.key === 'Enter' && !press.shiftKey && !isComposing(press)

/** Whether a key press in a box gives up what is written there. */
export const isLeaveKey = (press: KeyPress) => press.key === 'Escape' && !isComposing(press)

/**
 * While an input method composes, Enter chooses a candidate and Escape drops them; Safari ends the composition before
 * that key press arrives and marks it only with key code 229.
 */
const isComposing = (press: KeyPress) => press.isComposing || press.keyCode === 229
