/**
 * Many buttons go away when they are pressed, and whoever works by keyboard would be left nowhere: the focus then goes to
 * the message box. A person who pointed at the button has lost nothing, and on a phone the box would bring up the keyboard.
 *
 * @returns the undo.
 */
export function keepFocus(page: HTMLElement): () => void {
  let held: HTMLElement | undefined

  const onFocus = ({ target }: FocusEvent) => {
    held = target instanceof HTMLElement && target.matches(':focus-visible') ? target : undefined
  }
  const onBlur = ({ target }: FocusEvent) => {
    // Removing an element may blur it before it is gone.
    queueMicrotask(() => {
      if (held === target && held && canHaveFocus(held)) held = undefined
    })
  }
  const onChange = () => {
    if (!held || canHaveFocus(held)) return
    const { activeElement, body } = document
    const isLost = !activeElement || activeElement === body || activeElement === held
    held = undefined
    if (isLost) page.querySelector<HTMLElement>('.composer textarea')?.focus()
  }

  page.addEventListener('focusin', onFocus)
  page.addEventListener('focusout', onBlur)
  const observer = new MutationObserver(onChange)
  observer.observe(page, { subtree: true, childList: true, attributeFilter: ['hidden', 'disabled'] })
  return () => {
    page.removeEventListener('focusin', onFocus)
    page.removeEventListener('focusout', onBlur)
    observer.disconnect()
  }
}

const canHaveFocus = (element: HTMLElement) =>
  element.isConnected && !element.matches(':disabled') && !element.closest('[hidden]')
