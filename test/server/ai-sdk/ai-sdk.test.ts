import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { aiSdk, toModelMessages } from '../../../src/server/ai-sdk/index.js'
import { calls, ends, type ProviderPart, says, versions } from './models.js'
import { said, talk } from './talk.js'

const search = { description: 'Searches.', inputSchema: z.object({ query: z.string() }) }

describe.each(versions)('with version $name of the AI SDK', (version) => {
  /** A conversation whose model follows a script. */
  function scripted(
    script: Parameters<typeof version.model>[0],
    tools: Readonly<Record<string, unknown>> = {},
    options: Parameters<typeof aiSdk>[1] = {},
  ) {
    const model = version.model(script)
    const respond = aiSdk(
      ({ messages, signal }) =>
        model.stream({ messages: toModelMessages(messages), tools, abortSignal: signal }),
      options,
    )
    return { ...model, ...talk(respond) }
  }

  it('streams text, and says why it ended and what it cost', async () => {
    const chat = scripted(() => [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
      { type: 'text-delta', id: '0', delta: 'lo' },
      { type: 'text-end', id: '0' },
      ends('length'),
    ])
    const answer = await chat.send(said('m1', 'Hi'))
    expect(answer.parts).toEqual([{ type: 'text', text: 'Hello' }])
    expect(answer.finishReason).toBe('length')
    expect(answer.metadata).toMatchObject({ usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 } })
    expect(chat.events.filter(({ type }) => type === 'delta')).toHaveLength(2)
    expect(chat.calls[0]?.prompt).toMatchObject([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }])
  })

  it('gives reasoning back with the next call as the provider wants it, and shows its secrets to nobody', async () => {
    const reasoning: ProviderPart[] = [
      { type: 'reasoning-start', id: 'r', providerMetadata: { openai: { itemId: 'rs_1' } } },
      { type: 'reasoning-delta', id: 'r', delta: 'Let me ' },
      { type: 'reasoning-delta', id: 'r', delta: 'see.' },
      {
        type: 'reasoning-end',
        id: 'r',
        providerMetadata: { openai: { itemId: 'rs_1', encrypted: 'SECRET' } },
      },
      {
        type: 'reasoning-start',
        id: 'e',
        providerMetadata: { openai: { itemId: 'rs_2', encrypted: 'SECRET2' } },
      },
      { type: 'reasoning-end', id: 'e' },
    ]
    const chat = scripted((_, index) => (index === 0 ? [...reasoning, ...says('A.'), ends()] : [ends()]))
    await chat.send(said('m1', 'Hi'))
    expect(chat.told()[1]?.parts).toEqual([
      { type: 'reasoning', text: 'Let me see.' },
      { type: 'reasoning', text: '' },
      { type: 'text', text: 'A.' },
    ])
    expect(JSON.stringify(chat.told())).not.toContain('SECRET')
    await chat.send(said('m2', 'And?'))
    expect(chat.calls[1]?.prompt[1]).toMatchObject({
      role: 'assistant',
      content: [
        {
          type: 'reasoning',
          text: 'Let me see.',
          providerOptions: { openai: { itemId: 'rs_1', encrypted: 'SECRET' } },
        },
        {
          type: 'reasoning',
          text: '',
          providerOptions: { openai: { itemId: 'rs_2', encrypted: 'SECRET2' } },
        },
        { type: 'text', text: 'A.' },
      ],
    })
  })

  it('keeps a signature that comes with a piece of reasoning', async () => {
    const chat = scripted((_, index) =>
      index === 0
        ? [
            { type: 'reasoning-start', id: '0' },
            { type: 'reasoning-delta', id: '0', delta: 'Hm.' },
            {
              type: 'reasoning-delta',
              id: '0',
              delta: '',
              providerMetadata: { anthropic: { signature: 'SIG' } },
            },
            { type: 'reasoning-end', id: '0' },
            ...says('A.'),
            ends(),
          ]
        : [ends()],
    )
    await chat.send(said('m1', 'Hi'))
    await chat.send(said('m2', 'And?'))
    expect(JSON.stringify(chat.told())).not.toContain('SIG')
    expect(chat.calls[1]?.prompt[1]).toMatchObject({
      content: [{ text: 'Hm.', providerOptions: { anthropic: { signature: 'SIG' } } }, { text: 'A.' }],
    })
  })

  it('streams a tool input, runs the tool, and goes on in a further step', async () => {
    const chat = scripted(
      (_, index) =>
        index === 0
          ? [...says('I look.'), ...calls('c1', 'search', { query: 'Moon' }), ends('tool-calls')]
          : [...says('Found.'), ends()],
      { search: { ...search, execute: async ({ query }: { query: string }) => ({ hits: [query] }) } },
    )
    const answer = await chat.send(said('m1', 'Find'))
    expect(chat.told()[1]?.parts).toEqual([
      { type: 'text', text: 'I look.' },
      {
        type: 'tool',
        tool_call_id: 'c1',
        name: 'search',
        state: 'output',
        input: { query: 'Moon' },
        output: { hits: ['Moon'] },
      },
      { type: 'text', text: 'Found.' },
    ])
    expect(answer.finishReason).toBe('stop')
    const texts = chat.events.flatMap((event) =>
      event.type === 'delta' && event.part === 1 ? [event.text] : [],
    )
    expect(texts.join('')).toBe('{"query":"Moon"}')
    await chat.send(said('m2', 'More'))
    // As two steps, as they were: a result stands between what was said before and after it.
    expect(chat.calls[2]?.prompt.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ])
    expect(chat.calls[2]?.prompt[2]).toMatchObject({
      content: [
        { type: 'tool-result', toolCallId: 'c1', output: { type: 'json', value: { hits: ['Moon'] } } },
      ],
    })
  })

  it('tells people that a tool failed, and the model why', async () => {
    const chat = scripted(
      (_, index) =>
        index === 0
          ? [...calls('c1', 'search', { query: 'x' }), ends('tool-calls')]
          : [...says('Sorry.'), ends()],
      {
        search: {
          ...search,
          execute: () => Promise.reject(new Error('no route to 10.0.0.7')),
        },
      },
    )
    await chat.send(said('m1', 'Find'))
    expect(chat.told()[1]?.parts[0]).toMatchObject({ state: 'error', error: 'failed', input: { query: 'x' } })
    expect(JSON.stringify(chat.told())).not.toContain('10.0.0.7')
    await chat.send(said('m2', 'Why?'))
    expect(JSON.stringify(chat.calls[2]?.prompt)).toContain('no route to 10.0.0.7')
  })

  it('tells people what the app says of a tool that failed', async () => {
    const chat = scripted(
      (_, index) => (index === 0 ? [...calls('c1', 'search', { query: 'x' }), ends('tool-calls')] : [ends()]),
      { search: { ...search, execute: () => Promise.reject(new Error('secret')) } },
      { toolError: () => 'The search is closed.' },
    )
    const answer = await chat.send(said('m1', 'Find'))
    expect(answer.parts[0]).toMatchObject({ error: 'The search is closed.' })
  })

  it('ends a call whose input is wrong as an error, and lets the model try again', async () => {
    const chat = scripted(
      (_, index) =>
        index === 0 ? [...calls('c1', 'search', { q: 7 }), ends('tool-calls')] : [...says('Oh.'), ends()],
      { search: { ...search, execute: async () => 'never' } },
    )
    await chat.send(said('m1', 'Find'))
    expect(chat.told()[1]?.parts).toMatchObject([{ state: 'error', error: 'failed' }, { text: 'Oh.' }])
    expect(chat.calls).toHaveLength(2)
  })

  it('lets the app answer a tool without execute, and goes on with its output', async () => {
    const chat = scripted(
      (_, index) =>
        index === 0
          ? [...calls('c1', 'search', { query: 'x' }), ends('tool-calls')]
          : [...says('Thanks.'), ends()],
      { search },
    )
    const asked = await chat.send(said('m1', 'Find'))
    expect(asked.parts).toMatchObject([{ state: 'input', input: { query: 'x' } }])
    expect(asked.finishReason).toBe('tool-calls')
    const answer = await chat.send({ kind: 'tool', tool_call_id: 'c1', output: 'three' })
    expect(answer.parts).toEqual([{ type: 'text', text: 'Thanks.' }])
    expect(chat.calls[1]?.prompt.at(-1)).toMatchObject({
      role: 'tool',
      content: [{ toolCallId: 'c1', output: { type: 'text', value: 'three' } }],
    })
  })

  it('goes on with the error that the app gives for a call', async () => {
    const chat = scripted(
      (_, index) => (index === 0 ? [...calls('c1', 'search', { query: 'x' }), ends('tool-calls')] : [ends()]),
      { search },
    )
    await chat.send(said('m1', 'Find'))
    await chat.send({ kind: 'tool', tool_call_id: 'c1', error: 'No permission.' })
    expect(chat.calls[1]?.prompt.at(-1)).toMatchObject({
      content: [{ output: { type: 'error-text', value: 'No permission.' } }],
    })
  })

  it('calls the model once all calls of an answer are answered', async () => {
    const chat = scripted(
      (_, index) =>
        index === 0
          ? [
              ...calls('c1', 'search', { query: 'x' }),
              ...calls('c2', 'search', { query: 'y' }),
              ends('tool-calls'),
            ]
          : [...says('Thanks.'), ends()],
      { search },
    )
    await chat.send(said('m1', 'Find'))
    expect((await chat.send({ kind: 'tool', tool_call_id: 'c1', output: 1 })).parts).toEqual([])
    expect(chat.calls).toHaveLength(1)
    expect((await chat.send({ kind: 'tool', tool_call_id: 'c2', output: 2 })).parts).toMatchObject([
      { text: 'Thanks.' },
    ])
    expect(chat.calls[1]?.prompt.at(-1)).toMatchObject({
      content: [{ toolCallId: 'c1' }, { toolCallId: 'c2' }],
    })
  })

  it('tells the model of a call that nobody has answered, if the person goes on', async () => {
    const chat = scripted(
      (_, index) => (index === 0 ? [...calls('c1', 'search', { query: 'x' }), ends('tool-calls')] : [ends()]),
      { search },
    )
    await chat.send(said('m1', 'Find'))
    await chat.send(said('m2', 'Never mind'))
    expect(chat.calls[1]?.prompt[2]).toMatchObject({
      role: 'tool',
      content: [{ output: { type: 'error-text', value: 'Nobody has answered this call.' } }],
    })
  })

  it('does not ask the app for a call that the model had to break off', async () => {
    const chat = scripted(() => [...calls('c1', 'search', { query: 'x' }), ends('length')], { search })
    const answer = await chat.send(said('m1', 'Find'))
    expect(answer.parts).toMatchObject([{ state: 'error' }])
  })

  it('brings files and sources', async () => {
    const chat = scripted(() => [
      { type: 'source', sourceType: 'url', id: 's1', url: 'https://x.test/a', title: 'A page' },
      {
        type: 'source',
        sourceType: 'document',
        id: 's2',
        mediaType: 'application/pdf',
        title: 'A document',
        filename: 'a.pdf',
      },
      { type: 'file', mediaType: 'image/png', data: 'AAEC' },
      ends(),
    ])
    await chat.send(said('m1', 'Draw'))
    expect(chat.told()[1]?.parts).toEqual([
      { type: 'source', url: 'https://x.test/a', title: 'A page' },
      { type: 'source', title: 'A document', media_type: 'application/pdf' },
      { type: 'file', url: 'data:image/png;base64,AAEC', media_type: 'image/png' },
    ])
  })

  it('stores a file where the app says', async () => {
    const stored: Uint8Array[] = []
    const fileUrl = async ({ bytes }: { bytes: Uint8Array }) => {
      stored.push(bytes)
      return 'https://files.test/1'
    }
    const chat = scripted(
      () => [{ type: 'file', mediaType: 'image/png', data: 'AAEC' }, ends()],
      {},
      { fileUrl },
    )
    const answer = await chat.send(said('m1', 'Draw'))
    expect(answer.parts).toMatchObject([{ type: 'file', url: 'https://files.test/1' }])
    expect([...(stored[0] ?? [])]).toEqual([0, 1, 2])
  })

  it('adds the metadata that the app reads from the stream', async () => {
    const chat = scripted(
      () => [...says('A'), ends()],
      {},
      {
        metadata: (part) => (part.type === 'start' ? { model: 'small' } : undefined),
      },
    )
    const answer = await chat.send(said('m1', 'Hi'))
    expect(answer.metadata).toMatchObject({ model: 'small', usage: { totalTokens: 8 } })
    expect(chat.events.find(({ type }) => type === 'meta')).toMatchObject({ metadata: { model: 'small' } })
  })

  it('gives the model the files that a person sends', async () => {
    const chat = scripted(() => [ends()])
    await chat.send({
      kind: 'message',
      message: {
        id: 'm1',
        role: 'user',
        parts: [
          { type: 'text', text: 'Look' },
          { type: 'file', url: 'data:image/png;base64,AAEC', media_type: 'image/png', name: 'a.png' },
        ],
        created_at: 't',
      },
    })
    expect(chat.calls[0]?.prompt[0]).toMatchObject({
      content: [{ text: 'Look' }, { type: 'file', mediaType: 'image/png' }],
    })
  })

  it('fails the try if the stream fails in the middle, and keeps what came before', async () => {
    const chat = scripted(() => [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
      { type: 'error', error: new Error('socket hang up at 10.0.0.7') },
      ends('error'),
    ])
    await expect(chat.send(said('m1', 'Hi'))).rejects.toMatchObject({
      name: 'AppError',
      userMessage: expect.not.stringContaining('10.0.0.7'),
    })
    expect(chat.told()[1]?.parts).toEqual([{ type: 'text', text: 'Hel' }])
  })

  it.each([
    [429, 'rate_limited', true, 7_000],
    [503, 'overloaded', true, 7_000],
    [529, 'overloaded', true, 7_000],
    [401, 'internal', false, 7_000],
    [403, 'internal', false, 7_000],
    [400, 'internal', false, 7_000],
    [413, 'internal', false, 7_000],
  ])(
    'takes a provider’s status %i for %s, and not for the person’s fault',
    async (statusCode, code, retryable, wait) => {
      const failure = new version.ai.APICallError({
        message: 'invalid x-api-key sk-123',
        url: 'https://provider.test',
        requestBodyValues: {},
        statusCode,
        responseHeaders: { 'retry-after': '7' },
        isRetryable: statusCode === 429 || statusCode >= 500,
      })
      const chat = scripted(() => failure)
      await expect(chat.send(said('m1', 'Hi'))).rejects.toMatchObject({
        code,
        retryable,
        retryAfterMs: wait,
        userMessage: expect.not.stringContaining('sk-123'),
      })
    },
  )

  it('ends the model call on a stop', async () => {
    const stop = new AbortController()
    const begun: ProviderPart[] = [
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
    ]
    const chat = scripted(
      () =>
        new ReadableStream({
          start: (controller) => {
            for (const part of begun) controller.enqueue(part)
          },
        }),
    )
    const answer = chat.send(said('m1', 'Hi'), stop.signal)
    await expect.poll(() => chat.told()[1]?.parts).toEqual([{ type: 'text', text: 'Hel' }])
    stop.abort(new Error('stopped'))
    expect((await answer).parts).toEqual([{ type: 'text', text: 'Hel' }])
    expect(chat.calls[0]?.abortSignal?.aborted).toBe(true)
  })

  it('ends the model call on a stop, also if the app passes no signal on', async () => {
    const stop = new AbortController()
    let cancelled = false
    const fullStream = new ReadableStream({
      cancel() {
        cancelled = true
      },
    })
    const chat = talk(aiSdk(() => ({ fullStream: fullStream as unknown as AsyncIterable<unknown> })))
    const answer = chat.send(said('m1', 'Hi'), stop.signal)
    stop.abort()
    await answer
    expect(cancelled).toBe(true)
  })

  it('takes a UI message stream, whose data parts are shown and whose transient ones are broadcast', async () => {
    const model = version.model((_, index) =>
      index === 0
        ? [...says('I look.'), ...calls('c1', 'search', { query: 'x' }), ends('tool-calls')]
        : [...says('Found.'), ends()],
    )
    const tools = { search: { ...search, execute: async () => 'three' } }
    const chat = talk(
      aiSdk(({ messages }) =>
        version.ai.createUIMessageStream({
          execute: ({ writer }) => {
            writer.write({ type: 'data-job', id: 'j1', data: 'begun' })
            writer.write({ type: 'data-progress', data: 0.5, transient: true })
            writer.merge(
              model.stream({ messages: toModelMessages(messages), tools }).toUIMessageStream() as never,
            )
          },
        }),
      ),
    )
    await chat.send(said('m1', 'Hi'))
    expect(chat.told()[1]?.parts).toEqual([
      { type: 'data', name: 'job', value: 'begun' },
      { type: 'text', text: 'I look.' },
      {
        type: 'tool',
        tool_call_id: 'c1',
        name: 'search',
        state: 'output',
        input: { query: 'x' },
        output: 'three',
      },
      { type: 'text', text: 'Found.' },
    ])
    expect(chat.broadcasts).toEqual([{ type: 'broadcast', name: 'progress', value: 0.5 }])
  })

  describe.runIf(version.hasApprovals)('that knows approvals', () => {
    const pay = (ran: string[]) => ({
      pay: {
        inputSchema: z.object({ sum: z.number() }),
        needsApproval: true,
        execute: async ({ sum }: { sum: number }) => {
          ran.push(`paid ${sum}`)
          return 'paid'
        },
      },
    })
    const asking = (ran: string[]) =>
      scripted(
        (_, index) =>
          index === 0 ? [...calls('c1', 'pay', { sum: 3 }), ends('tool-calls')] : [...says('Well.'), ends()],
        pay(ran),
      )

    it('asks before it runs a tool', async () => {
      const ran: string[] = []
      const chat = asking(ran)
      const answer = await chat.send(said('m1', 'Pay'))
      expect(answer.parts).toMatchObject([{ state: 'approval', name: 'pay', input: { sum: 3 } }])
      expect(chat.told()[1]?.parts[0]).not.toHaveProperty('private')
      expect(ran).toEqual([])
    })

    it('runs the call once it is approved, with the stored input, and shows the result where the call stands', async () => {
      const ran: string[] = []
      const chat = asking(ran)
      await chat.send(said('m1', 'Pay'))
      const answer = await chat.send({ kind: 'tool', tool_call_id: 'c1', approved: true })
      expect(ran).toEqual(['paid 3'])
      expect(chat.told()[1]?.parts).toMatchObject([{ state: 'output', output: 'paid', input: { sum: 3 } }])
      expect(answer.parts).toMatchObject([{ text: 'Well.' }])
      expect(chat.calls[1]?.prompt.at(-1)).toMatchObject({ role: 'tool', content: [{ toolCallId: 'c1' }] })
      await chat.send(said('m2', 'Thanks'))
      expect(ran).toHaveLength(1)
    })

    it('runs an approved call also if the conversation has gone on', async () => {
      const ran: string[] = []
      const chat = asking(ran)
      await chat.send(said('m1', 'Pay'))
      await chat.send(said('m2', 'Wait'))
      await chat.send({ kind: 'tool', tool_call_id: 'c1', approved: true })
      expect(ran).toEqual(['paid 3'])
      expect(chat.told()[1]?.parts).toMatchObject([{ state: 'output', output: 'paid' }])
    })

    it('tells the model why a call was denied, and does not run it', async () => {
      const ran: string[] = []
      const chat = asking(ran)
      await chat.send(said('m1', 'Pay'))
      await chat.send({ kind: 'tool', tool_call_id: 'c1', approved: false, reason: 'Too dear.' })
      expect(ran).toEqual([])
      expect(chat.told()[1]?.parts).toMatchObject([{ state: 'denied', reason: 'Too dear.' }])
      expect(JSON.stringify(chat.calls[1]?.prompt.at(-1))).toContain('Too dear.')
      expect(chat.told()[2]?.parts).toMatchObject([{ text: 'Well.' }])
    })
  })
})
