import { describe, expect, it } from 'vitest'
import { stringsFor } from '../../examples/shared/language.js'
import { addEntry, describeEvent, type TimelineEntry, toneOf } from '../../examples/shared/timeline.js'

const en = stringsFor('en')

describe('the timeline', () => {
  it('has the newest event first, and keeps the keys of the others', () => {
    const one = addEntry([], { kind: 'sent' }, 1000)
    const two = addEntry(one, { kind: 'accepted' }, 1200)
    expect(two).toEqual([
      { id: 2, at: 1200, event: { kind: 'accepted' } },
      { id: 1, at: 1000, event: { kind: 'sent' } },
    ])
  })

  it('forgets the oldest beyond a hundred', () => {
    let entries: readonly TimelineEntry[] = []
    for (let at = 1; at <= 150; at++) entries = addEntry(entries, { kind: 'sent' }, at)
    expect(entries).toHaveLength(100)
    expect(entries[0]?.at).toBe(150)
    expect(entries[99]?.at).toBe(51)
  })

  it.each([
    [{ kind: 'connection', status: 'waiting' }, 'Reconnecting', '正在重新连接', 'busy'],
    [{ kind: 'connection', status: 'connected' }, 'Connected', '已连接', 'good'],
    [{ kind: 'connection', status: 'failed' }, 'Connection refused', '连接被拒绝', 'bad'],
    [
      { kind: 'retry', attempt: 2, maxAttempts: 3, code: 'timeout' },
      'Retry planned: Attempt 2 of 3 (timeout)',
      '计划重试: 第 2 次尝试，共 3 次 (timeout)',
      'busy',
    ],
    [{ kind: 'error', code: 'internal' }, 'Error (internal)', '错误 (internal)', 'bad'],
    [
      { kind: 'faultSet', fault: 'half_open' },
      'Fault prepared: Dead connection',
      '故障已准备: 连接假死',
      'plain',
    ],
    [{ kind: 'finished' }, 'Answer complete', '回答完成', 'good'],
  ] as const)('tells of %j in both languages', (event, english, chinese, tone) => {
    expect(describeEvent(event, en)).toBe(english)
    expect(describeEvent(event, stringsFor('zh-CN'))).toBe(chinese)
    expect(toneOf(event)).toBe(tone)
  })

  it('does not count towards infinity when it reconnects for ever', () => {
    const event = {
      kind: 'retry',
      attempt: 7,
      maxAttempts: Number.POSITIVE_INFINITY,
      code: 'network',
    } as const
    expect(describeEvent(event, en)).toBe('Retry planned: Attempt 7 (network)')
  })
})
