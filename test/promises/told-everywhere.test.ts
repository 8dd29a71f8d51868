import { describe, expect, it } from 'vitest'
import type { AppError } from '../../src/index.js'
import {
  accepted,
  joined,
  question,
  refused,
  type Script,
  scripted,
  snapshot,
} from '../support/scripted-server.js'
import type { TestClientOptions } from '../support/stored-client.js'

type World = ReturnType<typeof scripted>

interface Refusal {
  readonly script?: Script
  readonly options?: Partial<TestClientOptions>
  /** Does what is refused. @returns the promises that must say so. */
  readonly act: (world: World) => readonly Promise<unknown>[] | Promise<readonly Promise<unknown>[]>
  readonly code: string
  readonly draft?: unknown
}

const no = (code: string) => () => refused({ error_code: 'validation', code, retryable: false })
const both = ({ accepted, finished }: ReturnType<World['conversation']['sendMessage']>) => [
  accepted,
  finished,
]
const limited = { limits: { max_message_bytes: 200 } }
const long = 'x'.repeat(300)

const refusals: Readonly<Record<string, Refusal>> = {
  'a message over the client’s limit': {
    options: { limits: { maxMessageBytes: 200 } },
    act: ({ conversation }) => both(conversation.sendMessage(long)),
    code: 'message_too_large',
    draft: long,
  },
  'a message over the limit that the server gave with the join': {
    script: { 'chat:join': () => joined(limited) },
    act: ({ conversation }) => both(conversation.sendMessage({ text: long })),
    code: 'message_too_large',
    draft: { text: long },
  },
  'a message for a full queue': {
    options: { limits: { maxQueued: 1 } },
    script: { 'chat:send': () => undefined },
    act: ({ conversation }) => {
      conversation.sendMessage('first')
      return both(conversation.sendMessage('second'))
    },
    code: 'queue_full',
    draft: 'second',
  },
  'a message for a closed client': {
    act: async ({ client, conversation }) => {
      await client.close()
      return both(conversation.sendMessage('late'))
    },
    code: 'closed',
    draft: 'late',
  },
  'a retry by a closed client': {
    act: async ({ client, conversation }) => {
      await client.close()
      return both(conversation.retry())
    },
    code: 'closed',
  },
  'a message without content': {
    act: ({ conversation }) => both(conversation.sendMessage({ text: ' ' })),
    code: 'invalid_message',
    draft: { text: ' ' },
  },
  'an edit of what is no message': {
    act: ({ conversation }) => both(conversation.editMessage('', 'new text')),
    code: 'invalid_message',
    draft: 'new text',
  },
  'a regeneration where there is no answer': {
    act: ({ conversation }) => both(conversation.regenerate()),
    code: 'unknown_message',
  },
  'a retry where nothing has failed': {
    act: ({ conversation }) => both(conversation.retry()),
    code: 'unknown_task',
  },
  'a retry of a task that nobody knows': {
    act: ({ conversation }) => both(conversation.retry('t')),
    code: 'unknown_task',
  },
  'a tool’s output without a call': {
    act: ({ conversation }) => both(conversation.addToolOutput({ toolCallId: '', output: 1 })),
    code: 'invalid_message',
  },
  'a message that the server refuses': {
    script: { 'chat:send': no('invalid_message') },
    act: ({ conversation }) => both(conversation.sendMessage('hi')),
    code: 'invalid_message',
  },
  'a stop that the server refuses': {
    script: { 'chat:send': () => accepted(1), 'chat:stop': no('unknown_conversation') },
    async act({ conversation, clock }) {
      const task = conversation.sendMessage('hi')
      await clock.advance(1000)
      return [conversation.stop(task.id)]
    },
    code: 'unknown_conversation',
  },
  'older messages that the server refuses': {
    script: {
      'chat:join': () =>
        joined({ offset: 1, snapshot: snapshot(1, { messages: [question('q')], has_older: true }) }),
      'chat:history': no('unknown_message'),
    },
    act: ({ conversation }) => [conversation.loadOlder()],
    code: 'unknown_message',
  },
}

describe('an action that is refused', () => {
  it.each(Object.entries(refusals))(
    'is told by its promises, the snapshot and the event: %s',
    async (_name, refusal) => {
      const { script, options, act, code, draft } = refusal
      const world = scripted(script, options)
      const { clock, client, conversation } = world
      let changes = 0
      conversation.subscribe(() => changes++)
      await clock.advance(100)
      const told: AppError[] = []
      conversation.on('error', (error) => told.push(error))
      client.on('error', ({ conversationId, error }) => {
        if (conversationId === 'demo') told.push(error)
      })
      changes = 0
      const ends = (await act(world)).map((promise) =>
        promise.then(
          () => 'resolved',
          (error: AppError) => error,
        ),
      )
      await clock.advance(5000)
      for (const end of ends) expect(await end).toMatchObject({ code })
      const { error } = conversation.getSnapshot()
      expect(error?.code).toBe(code)
      expect(error?.userMessage).not.toBe('')
      expect(told).toEqual([error, error])
      expect(changes).toBeGreaterThan(0)
      expect(error?.details.draft).toEqual(draft)
      // A report of the error carries nothing that the person wrote.
      expect(JSON.stringify(error)).not.toContain('draft')
    },
  )

  it('is told while something else is under way, until the next action', async () => {
    const { clock, conversation } = scripted({ 'chat:send': () => undefined })
    conversation.sendMessage('hi')
    await clock.advance(100)
    conversation.sendMessage('')
    expect(conversation.getSnapshot()).toMatchObject({
      status: 'submitted',
      error: { code: 'invalid_message' },
    })
    conversation.sendMessage('again')
    expect(conversation.getSnapshot().error).toBeNull()
  })
})
