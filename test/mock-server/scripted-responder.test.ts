import { describe, expect, it } from 'vitest'
import {
  ScriptedResponder,
  type ScriptedResponderOptions,
  wordsOf,
} from '../../examples/mock-server/scripted-responder.js'
import type { ScriptLine } from '../../examples/mock-server/scripts.js'
import { messageFromWire } from '../../src/message/wire-message.js'
import type { SendInput, WireMessage } from '../../src/protocol/events.js'
import { translateError } from '../../src/server/index.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { saying, userMessage } from '../support/wire-client.js'

const neverAborted = new AbortController().signal

async function answer(
  text: string,
  options: ScriptedResponderOptions = {},
  input: SendInput = saying('m', text),
  before: WireMessage[] = [],
): Promise<ScriptLine[]> {
  const responder = new ScriptedResponder({ paceMs: 0, createId: () => 'call', ...options })
  const wire = [...before, userMessage('m', text)]
  const messages = wire.map((message) => messageFromWire(message, translateError))
  const chunks: ScriptLine[] = []
  for await (const chunk of responder.respond({ input, messages, signal: neverAborted })) chunks.push(chunk)
  return chunks
}

const textOf = (chunks: ScriptLine[]) =>
  chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
const callsOf = (chunks: ScriptLine[]) => chunks.filter(({ type }) => type === 'tool')

describe('ScriptedResponder', () => {
  it('repeats what was said, in the language in which it was said', async () => {
    expect(textOf(await answer('good day'))).toContain('“good day”')
    expect(textOf(await answer('你好'))).toContain('您写道：“你好”')
  })

  it.each([
    ['show me a table', /## .*- a list.*```ts.*\| --- \|.*\]\(https:/s],
    ['请用表格回答', /## .*- 列表.*```ts.*\| --- \|.*\]\(https:/s],
    ['a long story', /12\. /],
    ['请详细说明', /12\. /],
  ])('answers %j in Markdown', async (question, expected) => {
    expect(textOf(await answer(question))).toMatch(expected)
  })

  it('thinks before it answers', async () => {
    const chunks = await answer('why?')
    const types = chunks.map(({ type }) => type)
    expect(types[0]).toBe('reasoning')
    expect(types.lastIndexOf('reasoning')).toBeLessThan(types.indexOf('text'))
  })

  it('uses a tool and shows its result', async () => {
    expect(callsOf(await answer('search for it'))).toMatchObject([
      { type: 'tool', toolCallId: 'call', state: 'running', input: { query: 'search for it' } },
      { type: 'tool', toolCallId: 'call', state: 'output' },
    ])
  })

  it.each([
    ['approve', 'approval'],
    ['请批准', 'approval'],
    ['use my location', 'input'],
  ])('on %j leaves a tool call that waits as %s', async (question, state) => {
    expect(callsOf(await answer(question))).toMatchObject([{ type: 'tool', toolCallId: 'call', state }])
  })

  it('goes on after the person’s answer, whichever it is', async () => {
    const call = { type: 'tool' as const, tool_call_id: 'k', name: 'send_email' }
    const asked = (state: 'running' | 'denied'): WireMessage[] => [
      { ...userMessage('a', ''), role: 'assistant', parts: [{ ...call, state }] },
    ]
    const input: SendInput = { kind: 'tool', tool_call_id: 'k', approved: true }
    const approved = await answer('approve', {}, input, asked('running'))
    expect(callsOf(approved)).toMatchObject([{ toolCallId: 'k', state: 'output' }])
    const declined = await answer('approve', {}, input, asked('denied'))
    expect(callsOf(declined)).toEqual([])
    expect(textOf(declined)).toContain('leave it')
  })

  it('marks every word with its run, so that two runs mixed would be seen', async () => {
    const chunks = await answer('hi', { mark: (run) => `[run ${run}] ` })
    expect(chunks.every((chunk) => chunk.type === 'text' && chunk.text.startsWith('[run 1] '))).toBe(true)
  })

  it('speaks at the chosen pace and falls silent when aborted', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const responder = new ScriptedResponder({ clock, paceMs: 100 })
    const request = { input: saying('m', 'hi'), messages: [], signal: controller.signal }
    const said: string[] = []
    const reading = (async () => {
      for await (const chunk of responder.respond(request)) if (chunk.type === 'text') said.push(chunk.text)
    })()
    const ended = expect(reading).rejects.toThrow()
    await clock.advance(350)
    expect(said).toHaveLength(3)
    controller.abort()
    await ended
    expect(clock.pending).toBe(0)
  })

  it.each(['Hello,  world!\n\n- a\n', '你好，world。\n', ''])('loses no character of %j', (text) => {
    expect(wordsOf(text).join('')).toBe(text)
  })
})
