import type { UnknownWirePart, WirePart } from '../protocol/events.js'

/** The part of an answer as it stands in the log. */
export type PartEvent =
  | { readonly type: 'delta'; readonly part: number; readonly text: string }
  | { readonly type: 'part'; readonly part: number; readonly value: WirePart | UnknownWirePart }

/** Numbers the parts of one answer, as the server's events build them up. */
export class PlainAnswer {
  /** The text of each part; null for a part that is no text. */
  readonly #texts: (string | null)[] = []
  readonly #places = new Map<string, number>()

  addText(text: string): PartEvent {
    if (typeof this.#texts.at(-1) !== 'string') this.#texts.push('')
    const part = this.#texts.length - 1
    this.#texts[part] += text
    return { type: 'delta', part, text }
  }

  /** All text so far: its growth is added, and another text takes the place of the one before. */
  setText(text: string): readonly PartEvent[] {
    const before = this.#texts.join('')
    if (text === before) return []
    if (text.startsWith(before)) return [this.addText(text.slice(before.length))]
    const places = [...this.#texts.keys()].filter((place) => typeof this.#texts[place] === 'string')
    const last = places.pop() ?? 0
    const earlier = places.map((place) => this.#texts[place]).join('')
    if (text.startsWith(earlier)) return [this.#replaceText(last, text.slice(earlier.length))]
    const [first = last, ...others] = [...places, last]
    return [this.#replaceText(first, text), ...others.map((place) => this.#replaceText(place, ''))]
  }

  setPart(value: WirePart | UnknownWirePart, id?: string): PartEvent {
    const key =
      id ?? (value.type === 'tool' ? `tool ${(value as { tool_call_id: string }).tool_call_id}` : undefined)
    const part = (key === undefined ? undefined : this.#places.get(key)) ?? this.#texts.length
    this.#texts[part] = null
    if (key !== undefined) this.#places.set(key, part)
    return { type: 'part', part, value }
  }

  #replaceText(part: number, text: string): PartEvent {
    this.#texts[part] = text
    return { type: 'part', part, value: { type: 'text', text } }
  }
}
