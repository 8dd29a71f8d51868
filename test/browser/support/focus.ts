import type { Locator, Page } from 'playwright-core'

const isFocused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement)

/** Presses Tab until `target` has the focus, as a person does who has no mouse. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press(key)
    if (await isFocused(target)) return
  }
  throw new Error('unable to reach the control; 80 presses of Tab do not lead there')
}

/** What has the focus and whether one can see that it has; undefined where nothing has. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement } = document
    if (!activeElement || activeElement === document.body) return undefined
    const name = activeElement.getAttribute('aria-label') ?? activeElement.textContent ?? ''
    const framed = [activeElement, activeElement.closest('.composer-box')]
    const visible = framed.some((element) => {
      if (!element) return false
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    })
    return { name, visible }
  })
