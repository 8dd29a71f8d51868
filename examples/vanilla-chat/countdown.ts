import { formatCountdown } from '../shared/time.js'
import { h, setText } from './dom.js'
import type { LanguageChoice } from './language.js'

/**
 * Counts down to `at` for as long as it is on the page. Hidden from screen readers, which would read out every tick;
 * the page announces the wait once.
 */
export function countdown(at: number, words: LanguageChoice): HTMLElement {
  const element = h('span', { class: 'countdown', 'aria-hidden': 'true' })
  const show = () => setText(element, formatCountdown(at, Date.now(), words.strings))
  const timer = setInterval(() => {
    show()
    if (Date.now() >= at || !element.isConnected) clearInterval(timer)
  }, 100)
  show()
  return element
}
