/** How far from the end still counts as reading the end, in CSS pixels. */
const slack = 48

type Extent = Pick<Element, 'scrollHeight' | 'scrollTop' | 'clientHeight'>

export const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }: Extent) =>
  scrollHeight - scrollTop - clientHeight <= slack

export interface EndFollower {
  /** Goes to the end and stays there. */
  jump(): void
  /** Keeps `element` where it stands on the screen until something was put above it. */
  hold(element: HTMLElement): void
  dispose(): void
}

/**
 * Keeps `scroller` at its end while `content` grows, unless the reader has scrolled up: then nothing moves under their
 * eyes, and `onChange(false)` says that there is more below.
 */
export function followEnd(
  scroller: HTMLElement,
  content: HTMLElement,
  onChange: (following: boolean) => void,
): EndFollower {
  let following = true
  let lastTop = 0
  let held: { element: HTMLElement; top: number } | undefined
  // Safari does not make scrolling areas reachable by keyboard on its own.
  scroller.tabIndex = 0

  const setFollowing = (next: boolean) => {
    if (next === following) return
    following = next
    onChange(next)
  }
  const toEnd = () => {
    // A text in the place of messages is read from its beginning.
    scroller.scrollTop = content.querySelector('article') ? scroller.scrollHeight : 0
    // If the content shrank this lies higher than before, and no reader did it.
    lastTop = scroller.scrollTop
  }
  const onScroll = () => {
    // Only a reader scrolls up from where this put them. When the content grows, the end moves away by itself.
    if (isAtEnd(scroller)) setFollowing(true)
    else if (scroller.scrollTop < lastTop) setFollowing(false)
    lastTop = scroller.scrollTop
  }
  const onResize = () => {
    if (held && held.element.offsetTop !== held.top) {
      scroller.scrollTop += held.element.offsetTop - held.top
      held = undefined
    } else if (following) toEnd()
  }

  scroller.addEventListener('scroll', onScroll, { passive: true })
  const observer = new ResizeObserver(onResize)
  observer.observe(content)
  observer.observe(scroller)
  toEnd()

  return {
    jump() {
      toEnd()
      setFollowing(true)
    },
    hold(element) {
      held = { element, top: element.offsetTop }
      setFollowing(false)
    },
    dispose() {
      scroller.removeEventListener('scroll', onScroll)
      observer.disconnect()
    },
  }
}
