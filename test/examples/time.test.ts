import { describe, expect, it } from 'vitest'
import { stringsFor } from '../../examples/shared/language.js'
import { formatCountdown, formatDuration, formatTime } from '../../examples/shared/time.js'

const en = stringsFor('en')
const zh = stringsFor('zh-CN')

describe('a countdown', () => {
  it('says how long is left, in both languages', () => {
    expect(formatCountdown(11_400, 10_000, en)).toBe('in 1.4 s')
    expect(formatCountdown(11_400, 10_000, zh)).toBe('（1.4 秒后）')
  })

  it('says "now" once the time has come', () => {
    expect(formatCountdown(10_000, 10_000, en)).toBe('now')
    expect(formatCountdown(9_000, 10_000, zh)).toBe('（马上）')
  })

  it.each([
    [1, '0.1 s'],
    [1_401, '1.5 s'],
    [9_899, '9.9 s'],
    [9_901, '10 s'],
    [59_500, '60 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [121_000, '3 min'],
  ])('never shows less than the %i ms that are left', (ms, expected) => {
    expect(formatDuration(ms, en)).toBe(expected)
  })
})

describe('the time of a message', () => {
  it('follows the language', () => {
    const time = new Date(2026, 0, 1, 19, 5, 7).toISOString()
    expect(formatTime(time, 'en')).toMatch(/^7:05\sPM$/)
    expect(formatTime(time, 'zh-CN')).toBe('19:05')
    expect(formatTime(time, 'zh-CN', true)).toBe('19:05:07')
  })

  it('is left out where the server sent no date', () => {
    expect(formatTime('yesterday', 'en')).toBe('')
  })
})
