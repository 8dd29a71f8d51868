type Child = Node | string | undefined | false

interface Properties {
  readonly class?: string
  readonly onclick?: () => void
  /** Everything else becomes an attribute; undefined and false leave it out. */
  readonly [attribute: string]: string | number | boolean | (() => void) | undefined
}

/** Makes an element. Text is always set as text, so nothing that a message says is read as HTML. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else setAttribute(element, name, value)
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

export function setAttribute(element: Element, name: string, value: string | number | boolean | undefined) {
  if (value === undefined || value === false) element.removeAttribute(name)
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value))
}

export const button = (label: string, onclick: () => void, properties: Properties = {}) =>
  h('button', { type: 'button', ...properties, onclick }, label)

/** Sets the text if it differs, so that a live region is not read out again for nothing. */
export function setText(element: Element, text: string) {
  if (element.textContent !== text) element.textContent = text
}

/** A box that grows with its text; see `.grow` in the style sheet. */
export function growingBox(properties: Properties) {
  const box = h('textarea', { rows: 1, ...properties })
  const frame = h('div', { class: 'grow' }, box)
  const mirror = () => {
    frame.dataset.draft = box.value
  }
  box.addEventListener('input', mirror)
  return { frame, box, mirror }
}
