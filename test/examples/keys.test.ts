import { describe, expect, it } from 'vitest'
import { isLeaveKey, isSendKey } from '../../examples/shared/keys.js'

const enter = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 }

describe('a key press in the message box', () => {
  it('sends on Enter', () => {
    expect(isSendKey(enter)).toBe(true)
  })

  it.each([
    ['Shift+Enter, which adds a line', { shiftKey: true }],
    ['Enter that chooses a candidate of an input method', { isComposing: true }],
    ['Enter that ends a composition in Safari', { keyCode: 229 }],
    ['any other key', { key: 'a', keyCode: 65 }],
  ])('does not send on %s', (_name, change) => {
    expect(isSendKey({ ...enter, ...change })).toBe(false)
  })
})

describe('a key press in the box that edits a message', () => {
  it('leaves it on Escape, and not on the Escape that drops the candidates of an input method', () => {
    const press = { ...enter, key: 'Escape', keyCode: 27 }
    expect(isLeaveKey(press)).toBe(true)
    expect(isLeaveKey({ ...press, isComposing: true })).toBe(false)
    expect(isLeaveKey({ ...press, keyCode: 229 })).toBe(false)
    expect(isLeaveKey(enter)).toBe(false)
  })
})
