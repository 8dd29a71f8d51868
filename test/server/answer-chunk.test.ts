import { describe, expect, it } from 'vitest'
import { type AnswerChunk, checkChunk } from '../../src/server/answer-chunk.js'

const right: AnswerChunk[] = [
  'Hello',
  '',
  { type: 'text', text: 'Hello' },
  { type: 'reasoning', text: 'Hm', id: 'r1', private: { signature: 'x' } },
  { type: 'tool', toolCallId: 'c1', name: 'search', state: 'streaming', inputText: '{"q' },
  { type: 'tool', toolCallId: 'c1', state: 'output', output: null },
  { type: 'file', url: 'data:,x', mediaType: 'text/plain', name: 'a', size: 1 },
  { type: 'source', url: 'https://x.test', title: 't', mediaType: 'text/html', snippet: 's' },
  { type: 'data', name: 'weather', value: { celsius: 3 }, id: 'w1' },
  { type: 'metadata', metadata: { model: 'small' } },
  { type: 'finish', reason: 'stop', metadata: { tokens: 3 } },
  { type: 'broadcast', name: 'progress', value: 0.5 },
]

const cycle: Record<string, unknown> = {}
cycle.self = cycle
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
const call = { type: 'tool', toolCallId: 'c1', name: 'search', state: 'running' }

const wrong: [field: string, chunk: unknown][] = [
  ['chunk', undefined],
  ['chunk', null],
  ['chunk', 7],
  ['chunk', ['Hello']],
  ['chunk.type', {}],
  ['chunk.type', { type: 'constructor' }],
  ['chunk.type', { type: 'part', part: {} }],
  ['chunk.text', { type: 'text' }],
  ['chunk.text', { type: 'text', text: 7 }],
  ['chunk.id', { type: 'reasoning', text: 'x', id: '' }],
  ['chunk.private', { type: 'reasoning', text: 'x', private: 'secret' }],
  ['chunk.toolCallId', { ...call, toolCallId: 'x'.repeat(129) }],
  ['chunk.state', { ...call, state: 'done' }],
  ['chunk.input', { ...call, input: cycle }],
  ['chunk.output', { ...call, output: 5n }],
  ['chunk.output', { ...call, output: () => 1 }],
  ['chunk.error', { ...call, error: new Error('secret') }],
  ['chunk.url', { type: 'file', mediaType: 'text/plain' }],
  ['chunk.size', { type: 'file', url: 'x', mediaType: 'text/plain', size: -1 }],
  ['chunk.title', { type: 'source', title: null }],
  ['chunk.value', { type: 'data', name: 'weather' }],
  ['chunk.value', { type: 'data', name: 'weather', value: Symbol('x') }],
  ['chunk.metadata', { type: 'metadata', metadata: [] }],
  ['chunk.reason', { type: 'finish', reason: 7 }],
  ['chunk.name', { type: 'broadcast', name: '', value: 1 }],
  ['chunk.value', { type: 'broadcast', name: 'x', value: 'x'.repeat(4_095) }],
]

describe('a chunk that respond gives', () => {
  it.each(right)('is taken: %o', (chunk) => {
    expect(checkChunk(chunk)).toEqual(chunk)
  })

  it.each(wrong)('is refused by the name of its bad field, %s: %o', (field, chunk) => {
    expect(() => checkChunk(chunk)).toThrow(
      expect.objectContaining({ code: 'internal', retryable: false, details: { field } }),
    )
  })

  it('is a copy where it holds values, so that the app may go on changing them', () => {
    const output = { found: 1 }
    const checked = checkChunk({ ...call, state: 'output', output })
    output.found = 2
    expect(checked).toMatchObject({ output: { found: 1 } })
  })

  it('holds what JSON makes of a value', () => {
    expect(checkChunk({ type: 'data', name: 'day', value: { at: new Date(0), no: undefined } })).toEqual({
      type: 'data',
      name: 'day',
      value: { at: '1970-01-01T00:00:00.000Z' },
    })
    expect(checkChunk({ type: 'data', name: 'nan', value: Number.NaN })).toMatchObject({ value: null })
  })

  it.each([
    ['chunk.input', 2_000],
    ['chunk.private', 600],
    ['chunk.output', 50_000],
  ])('is refused if its %s nests %i levels deep', (field, levels) => {
    let value = {}
    for (let level = 0; level < levels; level++) value = { inner: value }
    const chunk = { ...call, [field.slice('chunk.'.length)]: value }
    expect(() => checkChunk(chunk)).toThrow(expect.objectContaining({ code: 'internal', details: { field } }))
  })

  it('may hold values of several hundred levels', () => {
    const chunk = { ...call, input: nested(499) }
    expect(checkChunk(chunk)).toEqual(chunk)
  })

  it('may broadcast 4,096 bytes', () => {
    const value = 'x'.repeat(4_094)
    expect(checkChunk({ type: 'broadcast', name: 'x', value })).toMatchObject({ value })
  })
})
