import { expect, it } from 'vitest'
import { Emitter } from '../../src/shared/emitter.js'

it('a listener that was taken off by another one is not called any more', () => {
  const emitter = new Emitter<{ change: number }>()
  const heard: number[] = []
  emitter.on('change', () => off())
  const off = emitter.on('change', (value) => heard.push(value))
  emitter.emit('change', 1)
  expect(heard).toEqual([])
})
