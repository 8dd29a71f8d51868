import type { Page } from 'playwright-core'

/** A text that is too close to its background: WCAG AA wants 4.5, of large text 3. */
export interface LowContrast {
  readonly text: string
  readonly ratio: number
}

/** Looks at every text that is on the screen; what is disabled is exempt. */
export const lowContrasts = (page: Page): Promise<LowContrast[]> =>
  page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]

    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const read = (css: string): Colour => {
      if (!canvas) throw new Error('unable to read colours; the browser has no canvas')
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = css
      canvas.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [red, green, blue, alpha / 255]
    }
    const over = (top: Colour, bottom: Colour, opacity = 1): Colour => {
      const alpha = top[3] * opacity
      const mix = (place: 0 | 1 | 2) => top[place] * alpha + bottom[place] * (1 - alpha)
      return [mix(0), mix(1), mix(2), 1]
    }
    const luminance = ([red, green, blue]: Colour) => {
      const linear = (value: number) => {
        const share = value / 255
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      }
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
    /** The element's text as painted, and what is painted behind it. */
    const painted = (element: Element): { text: Colour; behind: Colour } => {
      const chain: Element[] = []
      for (let each: Element | null = element; each; each = each.parentElement) chain.unshift(each)
      let behind: Colour = [255, 255, 255, 1]
      const layers = chain.map((each) => {
        const { backgroundColor, opacity } = getComputedStyle(each)
        const under = behind
        behind = over(read(backgroundColor), under)
        return { under, opacity: Number(opacity) }
      })
      let text = over(read(getComputedStyle(element).color), behind)
      // What fades an element fades all that is in it.
      for (const { under, opacity } of layers.reverse()) {
        text = over(text, under, opacity)
        behind = over(behind, under, opacity)
      }
      return { text, behind }
    }

    const low: { text: string; ratio: number }[] = []
    for (const element of document.body.querySelectorAll('*')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim(),
      )
      const hidden = !element.checkVisibility() || element.closest('.visually-hidden, :disabled')
      if (!own || hidden) continue
      const { text, behind } = painted(element)
      const [dark = 0, light = 0] = [luminance(text), luminance(behind)].sort((a, b) => a - b)
      const ratio = (light + 0.05) / (dark + 0.05)
      const { fontSize, fontWeight } = getComputedStyle(element)
      const size = Number.parseFloat(fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5)) low.push({ text: element.textContent?.slice(0, 40) ?? '', ratio })
    }
    return low
  })
