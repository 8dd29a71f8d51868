import { mask } from './core-redact-text.js'
import { redactText } from './redact-text.js'

const keyOfService =
  /\b(?:eyJ|(?:[spr]k|xox[a-z]|gh[a-z]|gl[a-z]+|sq0[a-z]+|rzp|fw|hv[a-z])[-_.]|A[A-Z]{3}(?=[A-Z2-7]{16}\b)|A[KS]IA|AIza|LTAI)[\w.-]{6,}/g

/**
 * The name of a field or a file as a log may have it. A name is one word, so what begins as a service's key is masked even
 * if no digit follows; in a sentence that rule would mask `sk-learn-extras` too.
 */
export const redactName = (name: string): string => redactText(name).replace(keyOfService, mask)
